import Testing
import TestSupport

@testable import Web

/// Answers that begin before their request is complete, and requests for both directions at once.
@Suite("both directions at once") struct DuplexTests {
  /// A request with a body in parts, over HTTP/1.1 or HTTP/2.
  private struct Caller {
    let connection: RawConnection
    var streams: RawStreams?

    func begin() async throws {
      if let streams {
        try await streams.head(1, StreamTests.head(path: "/a"), isWhole: false)
        try await streams.body(1, "hello", isLast: false)
      } else {
        try await connection.send(SmugglingTests.head("Transfer-Encoding: chunked", path: "/a") + "5\r\nhello\r\n")
      }
    }

    func end() async throws {
      if let streams {
        try await streams.body(1, " world", isLast: true)
      } else {
        try await connection.send("6\r\n world\r\n0\r\n\r\n")
      }
    }

    mutating func answer() async throws -> (status: Int, body: String)? {
      guard streams == nil else { return try await streams?.answer(1) }
      return await connection.response().map { ($0.status, $0.body) }
    }
  }

  private func with(
    isMultiplexed: Bool, limits: ForwardLimits = ForwardLimits(), script: @escaping ScriptedServer.Script,
    _ work: (inout Caller) async throws -> Void
  ) async throws {
    try await TestCertificate.with { made in
      let certificates = try ServerCertificates(
        CertificateFiles(certificate: made.certificate, key: made.key), logger: WireScene.quiet)
      try await ForwardingHarness.with(
        limits: limits, certificates: isMultiplexed ? certificates : nil, script: script
      ) { front in
        try await RawConnection.with(port: front.port, tls: isMultiplexed ? try made.client(["h2"]) : nil) {
          var caller = Caller(connection: $0, streams: isMultiplexed ? try await RawStreams($0) : nil)
          try await work(&caller)
        }
      }
    }
  }

  @Test(
    "an answer that begins early passes once its request is complete", .timeLimit(.minutes(20)),
    arguments: [false, true])
  func early(isMultiplexed: Bool) async throws {
    let (answered, source) = AsyncStream<Void>.makeStream()
    try await with(isMultiplexed: isMultiplexed) { conversation in
      guard try await conversation.head() != nil else { return }
      try await conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n")
      source.yield()
      // The body ends as heads do.
      #expect(try await conversation.head()?.hasSuffix(" world\r\n0\r\n\r\n") == true)
      try await conversation.send("4\r\nlate\r\n0\r\n\r\n")
      _ = try await conversation.rest()
    } _: { caller in
      try await caller.begin()
      for await _ in answered { break }
      try await caller.end()
      let answer = try await caller.answer()
      #expect(answer?.status == 200)
      #expect(answer?.body == "earlylate")
    }
  }

  @Test(
    "who waits for an answer before ending the request is told that it does not pass", .timeLimit(.minutes(20)),
    arguments: [false, true])
  func waiting(isMultiplexed: Bool) async throws {
    var answer: (status: Int, body: String)?
    // On a busy machine the answer may not have begun in time; then it is the caller who is slow.
    repeat {
      try await with(isMultiplexed: isMultiplexed, limits: ForwardLimits(idle: .milliseconds(500))) { conversation in
        guard try await conversation.head() != nil else { return }
        try await conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n")
        _ = try await conversation.rest()
      } _: { caller in
        try await caller.begin()
        answer = try await caller.answer()
      }
    } while answer?.status == 408
    #expect(answer?.status == 501)
    #expect(answer?.body.contains("answered-early") == true)
  }

  @Test(
    "an answer that is complete before its request ends it", .timeLimit(.minutes(20)), arguments: [false, true])
  func complete(isMultiplexed: Bool) async throws {
    try await with(isMultiplexed: isMultiplexed) { conversation in
      guard try await conversation.head() != nil else { return }
      try await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nen")
      try await conversation.send("ough")
      _ = try await conversation.rest()
    } _: { caller in
      try await caller.begin()
      let answer = try await caller.answer()
      #expect(answer?.status == 200)
      #expect(answer?.body == "enough")
    }
  }

  @Test("a WebSocket is refused, and the upstream sees nothing of it", .timeLimit(.minutes(20)))
  func webSocket() async throws {
    try await with(isMultiplexed: false) { conversation in
      Issue.record("the upstream was asked: \(try await conversation.head() ?? "nothing")")
    } _: { caller in
      let fields = "Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YQ=="
      try await caller.connection.send(SmugglingTests.head(fields, method: "GET", path: "/live"))
      let answer = try await caller.answer()
      #expect(answer?.status == 501)
      #expect(answer?.body.contains("upgrade-not-passed") == true)
      #expect(await caller.connection.rest() == [])
    }
  }
}
