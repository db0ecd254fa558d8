import Testing
import TestSupport

@testable import Web

/// Frames that are allowed one by one, and without end an attack. Each ends its own connection with a word why, and nobody else's.
@Suite("floods of HTTP/2") struct FloodTests {
  typealias Frames = RawStreams

  struct Flood: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The error code of the GOAWAY (RFC 9113 §7).
    let reason: UInt32
    let bytes: [UInt8]

    init(_ name: String, reason: UInt32 = 0x0B, _ bytes: [UInt8]) {
      (testDescription, self.reason, self.bytes) = (name, reason, bytes)
    }

    /// The same frame many times.
    init(_ name: String, _ count: Int, _ kind: Frames.Kind, stream: UInt32 = 0, _ payload: [UInt8]) {
      self.init(name, (0..<count).flatMap { _ in Frames.frame(kind, stream: stream, payload: payload) })
    }
  }

  private static let open = Frames.frame(
    .headers, flags: Frames.endHeaders, stream: 1, payload: Frames.block(StreamTests.head()))

  /// A field of 4000 bytes that goes into the table, then named by its place again and again: 37 KiB in 4.
  private static var bomb: [UInt8] {
    let long = [UInt8](repeating: 0x61, count: 3900)
    let entry: [UInt8] = [0x40, 1, 0x78, 0x7F, 0xBD, 0x1D] + long
    let head = Frames.block(StreamTests.head()) + entry + [UInt8](repeating: 0xBE, count: 9)
    return Frames.frame(.headers, flags: Frames.endHeaders | Frames.endStream, stream: 1, payload: head)
  }

  private static var largeHead: [UInt8] {
    let fields = (0..<75).map { ("x\($0)", String(repeating: "a", count: 210)) }
    let head = Frames.block(StreamTests.head() + fields)
    return Frames.frame(.headers, flags: Frames.endStream, stream: 1, payload: Array(head.prefix(16_000)))
      + Frames.frame(
        .continuation, flags: Frames.endHeaders, stream: 1,
        payload: head.dropFirst(16_000) + Frames.block(Array(fields.prefix(9))))
  }

  static let floods: [Flood] = [
    Flood(
      "streams that are opened and reset at once",
      (0..<300).flatMap { index in
        let stream = UInt32(2 * index + 1)
        let head = Frames.block(StreamTests.head(path: "/a", authority: "a.test"))
        return Frames.frame(.headers, flags: Frames.endHeaders, stream: stream, payload: head)
          + Frames.frame(.reset, stream: stream, payload: [0, 0, 0, 8])
      }),
    Flood(
      "a head that never ends",
      Frames.frame(.headers, stream: 1, payload: Frames.block(StreamTests.head()))
        + (0..<100).flatMap { _ in Frames.frame(.continuation, stream: 1, payload: []) }),
    Flood("pings", 300, .ping, [UInt8](repeating: 0, count: 8)),
    Flood("settings", 300, .settings, []),
    Flood("priorities", 300, .priority, stream: 1, [0, 0, 0, 0, 16]),
    Flood("empty data", open + (0..<100).flatMap { _ in Frames.frame(.data, stream: 1, payload: []) }),
    Flood(
      "data in single bytes", open + (0..<300).flatMap { _ in Frames.frame(.data, stream: 1, payload: [0x61]) }),
    Flood("windows that grow by one", 300, .windowUpdate, [0, 0, 0, 1]),
    Flood(
      "farewells",
      open + (0..<500).flatMap { _ in Frames.frame(.goAway, payload: [UInt8](repeating: 0, count: 8)) }),
    Flood("frames that nobody knows", 300, .unknown, []),
    Flood(
      "streams that the server has to reset",
      (0..<300).flatMap { index in
        Frames.frame(
          .headers, flags: Frames.endHeaders | Frames.endStream, stream: UInt32(2 * index + 1), payload: [0x82])
      }),
    Flood("a head that is large once unpacked", reason: 9, bomb),
    Flood("a head that is too large", reason: 1, largeHead),
    Flood(
      "more streams than the server lets be open", reason: 1,
      (0..<101).flatMap { index in
        let head = Frames.block(StreamTests.head(path: "/a"))
        return Frames.frame(.headers, flags: Frames.endHeaders, stream: UInt32(2 * index + 1), payload: head)
      }),
  ]

  @Test("end their connection with a word why, and nobody else's", .timeLimit(.minutes(20)), arguments: floods)
  func ends(_ flood: Flood) async throws {
    try await TestCertificate.with { made in
      let certificates = try ServerCertificates(
        CertificateFiles(certificate: made.certificate, key: made.key), logger: WireScene.quiet)
      try await WireScene.with(certificates: certificates) {
        $0.frameBurst = 250
        $0.framesPerSecond = 0
      } _: { scene in
        let tls = try made.client(["h2"])
        try await RawConnection.with(port: scene.port, tls: tls) { connection in
          var other = try await RawStreams(connection)
          #expect(try await other.frame() != nil)
          try await RawConnection.with(port: scene.port, tls: tls) { connection in
            let streams = try await RawStreams(connection)
            try await connection.send(flood.bytes)
            let reason = try await streams.farewell()
            #expect(reason == flood.reason)
          }
          try await other.head(1, StreamTests.head(method: "GET", path: "/a"))
          #expect(try await other.answer(1)?.body == "{}")
        }
      }
    }
  }
}
