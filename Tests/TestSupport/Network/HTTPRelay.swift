import NIOCore

/// Carries HTTP exchanges one after the other, each to a connection of its own behind the proxy.
struct HTTPRelay: Sendable {
  let plan: FaultPlan
  let connect: @Sendable () async throws -> FaultProxy.Channel

  func serve(_ client: FaultProxy.Channel) async throws {
    try await client.executeThenClose { inbound, outbound in
      var requests = HTTPMessages(inbound)
      while let request = try await requests.next() {
        if request.readableBytesView.starts(with: Array("CONNECT ".utf8)) {
          // A client that takes this for its outbound proxy: what it asks for is what stands behind.
          try await outbound.write(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n"))
          continue
        }
        plan.countExchange()
        guard !plan.isPartitioned, let reply = try await exchange(request), !plan.isPartitioned else { return }
        try await outbound.write(reply.bytes)
        if !reply.isWhole { return }
      }
    }
  }

  private struct Reply {
    let bytes: ByteBuffer
    var isWhole = true
  }

  /// What the client gets; nil when its connection ends here.
  private func exchange(_ request: ByteBuffer) async throws -> Reply? {
    guard let (fault, detail) = plan.next(FaultPlan.Fault.allCases) else {
      return try await forward(request).map { Reply(bytes: $0) }
    }
    switch fault {
    case .cut: return nil
    case .delay:
      try await ContinuousClock().sleep(for: .milliseconds(Int(detail % 1500)))
      return try await forward(request).map { Reply(bytes: $0) }
    case .truncateRequest:
      _ = try await forward(half(request), awaitsReply: false)
      return nil
    case .truncateReply:
      return try await forward(request).map { Reply(bytes: half($0), isWhole: false) }
    case .dropReply:
      _ = try await forward(request)
      return nil
    case .duplicate:
      // The copy first or last; the client sees the answer to one of them.
      async let copy = forward(request)
      let reply = try await forward(request)
      let other = try await copy
      return (detail % 2 == 0 ? reply : other).map { Reply(bytes: $0) }
    }
  }

  private func half(_ bytes: ByteBuffer) -> ByteBuffer {
    bytes.getSlice(at: bytes.readerIndex, length: bytes.readableBytes / 2) ?? bytes
  }

  private func forward(_ request: ByteBuffer, awaitsReply: Bool = true) async throws -> ByteBuffer? {
    try await connect().executeThenClose { inbound, outbound in
      try await outbound.write(request)
      guard awaitsReply else { return nil }
      var replies = HTTPMessages(inbound)
      return try await replies.next()
    }
  }
}
