import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing

@testable import Web

/// What a task does late to a connection that is another's by then.
@Suite("a connection that is kept for another exchange") struct KeptConnectionTests {
  private struct Scene {
    let pool: UpstreamPool
    let target: ForwardTarget
    let loop = MultiThreadedEventLoopGroup.singleton.next()

    func connect() async throws -> UpstreamConnection {
      try await pool.connect(to: target, on: loop, within: .seconds(60))
    }

    /// The connection that was freed, once the loop has done so.
    func kept() async throws -> UpstreamConnection? {
      try await loop.submit {}.get()
      return pool.idle(target, on: loop)
    }

    var exchange: UpstreamExchange {
      UpstreamExchange(ForwardLimits(head: .seconds(60), idle: .seconds(60)), begun: .now(), closeCaller: {})
    }
  }

  private static func with(
    _ script: @escaping ScriptedServer.Script, _ body: (Scene) async throws -> Void
  ) async throws {
    try await ScriptedServer.with(script: script) { server in
      let pool = UpstreamPool(
        limits: ForwarderLimits(), authorities: try OutboundAuthorities(.system), outbound: nil)
      try await body(
        Scene(pool: pool, target: try #require(ForwardTarget("http://127.0.0.1:\(server.port)"))))
      pool.shutdown()
    }
  }

  private static func post(_ length: Int) -> HTTPRequestHead {
    HTTPRequestHead(
      version: .http1_1, method: .POST, uri: "/", headers: ["host": "a.test", "content-length": "\(length)"])
  }

  @Test("neither refuses nor ends what another sends over it", .timeLimit(.minutes(20))) func late() async throws {
    try await Self.with({ conversation in
      while try await conversation.head() != nil {
        guard let body = try await conversation.bytes(5) else { return }
        try await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\(String(buffer: body))")
      }
    }) { scene in
      let first = try await scene.connect()
      first.begin(Self.post(5), scene.exchange)
      try await first.write(ByteBuffer(string: "first"))
      first.end()
      #expect(try await first.answer().isWhole)
      let second = try #require(try await scene.kept())
      #expect(second.channel === first.channel)
      second.begin(Self.post(5), scene.exchange)
      first.refuseRest()
      first.close()
      try await second.write(ByteBuffer(string: "other"))
      second.end()
      await #expect(throws: ForwardFailure.self) { try await first.next() }
      let answer = try await second.answer()
      #expect(answer.status == .ok)
      #expect(answer.body.map { String(buffer: $0) } == "other")
    }
  }

  @Test("is kept only after the end of an answer was taken, though the request ended last", .timeLimit(.minutes(20)))
  func early() async throws {
    let (signals, seen) = AsyncStream<Void>.makeStream()
    try await Self.with({ conversation in
      guard try await conversation.head() != nil else { return }
      try await conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      var arrivals = signals.makeAsyncIterator()
      _ = await arrivals.next()
      try await conversation.send("0\r\n\r\n")
      _ = try await conversation.rest()
    }) { scene in
      let connection = try await scene.connect()
      connection.begin(Self.post(5), scene.exchange)
      // The head goes with the first bytes of the body.
      try await connection.write(ByteBuffer(string: "he"))
      #expect(try await !connection.answer().isWhole)
      seen.yield()
      #expect(try await !connection.isRequestSent(), "the answer is complete first")
      try await connection.write(ByteBuffer(string: "llo"))
      connection.end()
      #expect(try await scene.kept() == nil, "its answer's end is still to be taken")
      #expect(try await connection.next().isLast)
      #expect(try await scene.kept()?.channel === connection.channel)
    }
  }
}
