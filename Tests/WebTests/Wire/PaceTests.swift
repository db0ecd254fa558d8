import NIOCore
import Testing
import TestSupport

@testable import Web

/// Callers that come too slowly, stop in the middle, or take nothing.
@Suite("callers that take their time") struct PaceTests {
  @Test("a body that does not come in time is answered with 408, and its route is told", .timeLimit(.minutes(20)))
  func slowBody() async throws {
    try await WireScene.with {
      $0.bodyGraceSeconds = 1
      $0.bodyBytesPerSecond = 1_000_000
    } _: { scene in
      try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(SmugglingTests.head("Content-Length: 10") + "he")
        let answer = await connection.response()
        #expect(answer?.status == 408)
        #expect(answer?["connection"] == "close")
        #expect(await connection.rest() == [])
      }
      #expect(scene.seen.all.allSatisfy { $0.hasPrefix("broken") })
    }
  }

  @Test("a head that does not come in time ends the connection, however it trickles", .timeLimit(.minutes(20)))
  func slowHead() async throws {
    try await WireScene.with {
      $0.headSeconds = 1
    } _: { scene in
      try await RawConnection.with(port: scene.port) { connection in
        // On a busy machine it may be over before this is sent.
        do { try await connection.send("GET / HTTP/1.1\r\nHost: a.t") } catch is ChannelError {}
        #expect(await connection.rest() == [])
      }
      #expect(scene.seen.all == [])
    }
  }

  @Test("who reads nothing of an answer is let go", .timeLimit(.minutes(20)))
  func slowReader() async throws {
    try await WireScene.with {
      $0.stallSeconds = 1
    } _: { scene in
      try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(SmugglingTests.get("/endless"))
        #expect(await scene.seen.wait(for: "unread") != nil)
        _ = connection
      }
    }
  }

  @Test(
    "a body that breaks off never looks complete",
    arguments: ["Content-Length: 10", "Transfer-Encoding: chunked"], [true, false])
  func brokenBody(framing: String, isHalf: Bool) async throws {
    try await WireScene.with { scene in
      try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(SmugglingTests.head(framing) + "5\r\nhe")
        if isHalf {
          connection.finish()
          #expect(await connection.response()?.status == 400)
        }
      }
      #expect(await scene.seen.wait(for: "")?.hasPrefix("broken") == true)
    }
  }

  @Test("who is refused in the middle of a body hears it, and cannot go on without end", .timeLimit(.minutes(20)))
  func refusedBody() async throws {
    try await WireScene.with {
      $0.lingerSeconds = 60
      $0.lingerBytes = 100_000
    } _: { scene in
      try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(SmugglingTests.head("Content-Length: 9000000000", path: "/refuse"))
        let answer = await connection.response()
        #expect(answer?.status == 413)
        #expect(answer?["connection"] == "close")
        await #expect(throws: (any Error).self) {
          while true { try await connection.send([UInt8](repeating: 0x61, count: 65_536)) }
        }
      }
    }
  }

  @Test("chunks that are nearly all framing break the body")
  func framing() async throws {
    try await WireScene.with {
      $0.framingBytes = 10_000
    } _: { scene in
      try await RawConnection.with(port: scene.port) { connection in
        let extensions = String(repeating: "a", count: 1000)
        let body = (0..<20).map { _ in "1;\(extensions)\r\nx\r\n" }.joined()
        try await connection.send(SmugglingTests.head("Transfer-Encoding: chunked") + body + "0\r\n\r\n")
        #expect(await connection.response()?.status == 400)
      }
      #expect(scene.seen.all.allSatisfy { $0.hasPrefix("broken") })
    }
  }

  @Test("a body in single bytes is a body")
  func smallChunks() async throws {
    try await WireScene.with {
      $0.framingBytes = 1000
    } _: { scene in
      try await RawConnection.with(port: scene.port) { connection in
        let body = (0..<2000).map { _ in "1\r\nx\r\n" }.joined()
        try await connection.send(SmugglingTests.head("Transfer-Encoding: chunked") + body + "0\r\n\r\n")
        #expect(await connection.response()?.body.utf8.count == 2000)
      }
    }
  }
}
