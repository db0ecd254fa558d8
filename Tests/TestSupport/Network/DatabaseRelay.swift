import NIOCore

/// Carries PostgreSQL's protocol as bytes, both ways; sees the server's answer to a COMMIT go by.
struct DatabaseRelay: Sendable {
  let plan: FaultPlan
  let connect: @Sendable () async throws -> FaultProxy.Channel

  /// `CommandComplete` with the tag `COMMIT`.
  private static let committed: [UInt8] = [UInt8(ascii: "C"), 0, 0, 0, 11] + Array("COMMIT\0".utf8)
  /// One of so many answers to a COMMIT is a decision; of other chunks, one of so many.
  private static let chunksPerDecision = 8

  func serve(_ client: FaultProxy.Channel) async throws {
    guard !plan.isPartitioned else { return try await client.executeThenClose { _, _ in } }
    let server = try await connect()
    try await client.executeThenClose { fromClient, toClient in
      try await server.executeThenClose { fromServer, toServer in
        // Whichever direction ends first ends both.
        await withTaskGroup(of: Void.self) { group in
          group.addTask { await carry(fromClient, to: toServer, isReply: false) }
          group.addTask { await carry(fromServer, to: toClient, isReply: true) }
          await group.next()
          group.cancelAll()
        }
      }
    }
  }

  private func carry(
    _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, to outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
    isReply: Bool
  ) async {
    var chunks = 0
    do {
      for try await chunk in inbound {
        if plan.isPartitioned { return }
        chunks += 1
        let commits = isReply && chunk.readableBytesView.firstRange(of: Self.committed) != nil
        let possible: [FaultPlan.Fault] =
          commits ? [.dropReply, .delay] : [.delay, .cut, isReply ? .truncateReply : .truncateRequest]
        let isDecision = commits || chunks % Self.chunksPerDecision == 0
        guard isDecision, let (fault, detail) = plan.next(possible) else {
          try await outbound.write(chunk)
          continue
        }
        switch fault {
        case .delay:
          try await ContinuousClock().sleep(for: .milliseconds(Int(detail % 400)))
          try await outbound.write(chunk)
        case .truncateRequest, .truncateReply:
          if let half = chunk.getSlice(at: chunk.readerIndex, length: chunk.readableBytes / 2) {
            try await outbound.write(half)
          }
          return
        case .cut, .duplicate, .dropReply: return
        }
      }
    } catch {
      // The connection was lost: the other direction ends with it.
    }
  }
}
