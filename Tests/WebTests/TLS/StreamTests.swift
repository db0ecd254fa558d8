import NIOSSL
import Testing
import TestSupport

@testable import Web

/// HTTP/2 by hand: what a library would not send.
@Suite("streams of HTTP/2 that are not clear") struct StreamTests {
  private static func with(
    _ change: (inout WebLimits) -> Void = { _ in }, window: UInt32 = 65_535,
    _ work: @Sendable (WireScene, inout RawStreams) async throws -> Void
  ) async throws {
    try await TestCertificate.with { made in
      let certificates = try ServerCertificates(
        CertificateFiles(certificate: made.certificate, key: made.key), logger: WireScene.quiet)
      try await WireScene.with(certificates: certificates, change) { scene in
        try await RawConnection.with(port: scene.port, tls: try made.client(["h2"])) { connection in
          var streams = try await RawStreams(connection, window: window)
          try await work(scene, &streams)
        }
      }
    }
  }

  static func head(
    _ fields: [(String, String)] = [], method: String = "POST", path: String = "/echo", authority: String? = "a.test"
  ) -> [(String, String)] {
    [(":method", method), (":scheme", "https"), (":path", path)] + (authority.map { [(":authority", $0)] } ?? [])
      + fields
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fields: [(String, String)]
    init(_ name: String, _ fields: [(String, String)]) {
      testDescription = name
      self.fields = fields
    }
  }

  @Test(
    "are refused or reset, and nothing reaches a route",
    arguments: [
      Case("a coding", head([("transfer-encoding", "chunked")])),
      Case("a connection", head([("connection", "keep-alive")])),
      Case("an upgrade", head([("upgrade", "h2c")])),
      Case("an upper-case name", head([("X-Name", "a")])),
      Case("a line break in a value", head([("x", "a\r\nHost: b.test")])),
      Case("a line feed in a value", head([("x", "a\nb")])),
      Case("a NUL in a value", head([("x", "a\0b")])),
      Case("a line break in a name", head([("x\r\ny", "a")])),
      Case("a colon in a name", head([("x:y", "a")])),
      Case("a space in a name", head([("x y", "a")])),
      Case("two lengths", head([("content-length", "0"), ("content-length", "5")])),
      Case("a length that is none", head([("content-length", "+0")])),
      Case("a length without a body", head([("content-length", "5")])),
      Case("no authority", head(authority: nil)),
      Case("an empty authority", head(authority: "")),
      Case("an authority with a user", head(authority: "a@b.test")),
      Case("an authority with a path", head(authority: "a.test/x")),
      Case("a host that is another", head([("host", "b.test")])),
      Case("two authorities", head([(":authority", "b.test")])),
      Case("an unknown pseudo-field", head([(":secret", "x")])),
      Case("a pseudo-field behind a field", [("x", "y")] + head()),
      Case("no path", [(":method", "GET"), (":scheme", "https"), (":authority", "a.test")]),
      Case("an empty path", head(path: "")),
      Case("a path in absolute form", head(path: "http://a.test/echo")),
      Case("dots in the path", head(path: "/a/../echo")),
      Case("a space in the path", head(path: "/a HTTP/1.1")),
      Case("a line break in the path", head(path: "/a\r\nHost: b.test")),
      Case("a method with a line break", head(method: "GET / HTTP/1.1\r\nHost: b.test\r\n\r\nGET")),
      Case("a tunnel", [(":method", "CONNECT"), (":authority", "a.test:443")]),
      Case("an extended tunnel", head([(":protocol", "websocket")], method: "CONNECT")),
    ])
  func refused(_ wrong: Case) async throws {
    try await Self.with { scene, streams in
      try await streams.head(1, wrong.fields)
      if let answer = try await streams.answer(1) { #expect((400..<500).contains(answer.status), "\(answer)") }
      #expect(scene.seen.all == [])
    }
  }

  @Test("a refused stream leaves the others of its connection alone")
  func others() async throws {
    try await Self.with { scene, streams in
      try await streams.head(1, Self.head(path: "/a/../b"), isWhole: false)
      #expect(try await streams.answer(1)?.status == 400)
      try await streams.head(3, Self.head([("host", "A.test")], authority: "A.test."), isWhole: false)
      try await streams.body(3, "hello", isLast: true)
      #expect(try await streams.answer(3)?.body == "hello")
      #expect(scene.seen.all == ["POST hello"])
    }
  }

  @Test(
    "a stream that breaks the rules of HTTP/2 itself is reset, and the others of its connection go on",
    arguments: [
      head([("content-length", "+0")]), head([("X-Name", "a")]), head([("connection", "keep-alive")]),
      head([(":secret", "x")]), head(path: ""), [(":method", "GET"), (":scheme", "https"), (":authority", "a.test")],
    ])
  func resets(wrong: [(String, String)]) async throws {
    try await Self.with { scene, streams in
      try await streams.head(1, Self.head(), isWhole: false)
      try await streams.head(3, wrong)
      try await streams.body(1, "hello", isLast: true)
      #expect(try await streams.answer(1)?.body == "hello")
      #expect(scene.seen.all == ["POST hello"])
    }
  }

  @Test("the answer to a HEAD has no body")
  func heads() async throws {
    try await Self.with { _, streams in
      for (stream, path) in [(1 as UInt32, "/large"), (3, "/stream"), (5, "/refuse"), (7, "/nowhere/else")] {
        try await streams.head(stream, Self.head(method: "HEAD", path: path))
        #expect(try await streams.answer(stream)?.body == "", "\(path)")
      }
    }
  }

  @Test("a body that is longer or shorter than its length, or is reset, never looks complete")
  func lengths() async throws {
    try await Self.with { scene, streams in
      try await streams.head(1, Self.head([("content-length", "5")]), isWhole: false)
      try await streams.body(1, "he", isLast: true)
      #expect(await scene.seen.wait(for: "")?.hasPrefix("broken") == true)
    }
    try await Self.with { scene, streams in
      try await streams.head(1, Self.head([("content-length", "5")]), isWhole: false)
      try await streams.body(1, "hello GET /", isLast: true)
      #expect(await scene.seen.wait(for: "")?.hasPrefix("broken") == true)
    }
    try await Self.with { scene, streams in
      try await streams.head(1, Self.head(), isWhole: false)
      try await streams.body(1, "he", isLast: false)
      try await streams.send(.reset, stream: 1, payload: [0, 0, 0, 8])
      #expect(await scene.seen.wait(for: "")?.hasPrefix("broken") == true)
    }
  }

  @Test("a connection that goes away in the middle of a body leaves no body that looks complete")
  func goneAway() async throws {
    try await TestCertificate.with { made in
      let certificates = try ServerCertificates(
        CertificateFiles(certificate: made.certificate, key: made.key), logger: WireScene.quiet)
      try await WireScene.with(certificates: certificates) { scene in
        try await RawConnection.with(port: scene.port, tls: try made.client(["h2"])) { connection in
          let streams = try await RawStreams(connection)
          try await streams.head(1, Self.head(), isWhole: false)
          try await streams.body(1, "he", isLast: false)
          // What is sent before a connection closes need not arrive; what was answered did.
          try await streams.ping(1)
        }
        #expect(await scene.seen.wait(for: "")?.hasPrefix("broken") == true)
      }
    }
  }

  @Test("a body that does not come in time is answered with 408", .timeLimit(.minutes(20)))
  func slowBody() async throws {
    try await Self.with {
      $0.bodyGraceSeconds = 1
      $0.bodyBytesPerSecond = 1_000_000
    } _: { scene, streams in
      try await streams.head(1, Self.head(), isWhole: false)
      try await streams.body(1, "he", isLast: false)
      #expect(try await streams.answer(1)?.status == 408)
    }
  }

  @Test(
    "as many streams as may be open, all with a body that does not come, are all answered", .timeLimit(.minutes(20)))
  func slowBodies() async throws {
    try await Self.with {
      $0.bodyGraceSeconds = 1
      $0.bodyBytesPerSecond = 1_000_000
    } _: { scene, streams in
      for index in 0..<100 { try await streams.head(UInt32(2 * index + 1), Self.head(), isWhole: false) }
      var answers: Set<UInt32> = []
      while answers.count < 100, let frame = try await streams.frame() {
        if frame.type == RawStreams.Kind.headers.rawValue { answers.insert(frame.stream) }
      }
      #expect(answers.count == 100)
      // The places are free again.
      try await streams.head(201, Self.head(method: "GET", path: "/a"))
      var body: [UInt8] = []
      while let frame = try await streams.frame() {
        guard frame.stream == 201 else { continue }
        if frame.type == RawStreams.Kind.data.rawValue { body += frame.payload }
        if frame.isEnd { break }
      }
      #expect(String(decoding: body, as: UTF8.self) == "{}")
    }
  }

  @Test("a connection that is kept alive by pings stays")
  func pings() async throws {
    try await Self.with { _, streams in
      for number in 0..<20 {
        try await streams.ping(UInt8(number))
      }
      try await streams.head(1, Self.head(method: "GET", path: "/a"))
      #expect(try await streams.answer(1)?.body == "{}")
    }
  }

  @Test("who takes nothing of an answer is let go", .timeLimit(.minutes(20)))
  func slowReader() async throws {
    try await Self.with({ $0.stallSeconds = 1 }, window: 0) { scene, streams in
      try await streams.head(1, Self.head(method: "GET", path: "/endless"))
      #expect(await scene.seen.wait(for: "unread") != nil)
    }
  }

  @Test("a connection without streams is let go, whatever else it says or does not", .timeLimit(.minutes(20)))
  func idle() async throws {
    try await Self.with {
      $0.headSeconds = 1
    } _: { _, streams in
      // Nobody answers the server's pings here.
      while try await streams.frame() != nil {}
    }
  }
}
