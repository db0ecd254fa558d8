import NIOCore
import NIOHPACK

/// HTTP/2 by hand: frames as a test means them, over a connection that agreed on `h2`.
public struct RawStreams {
  public struct Frame: Sendable {
    public let type: UInt8
    public let flags: UInt8
    public let stream: UInt32
    public let payload: [UInt8]

    public var isEnd: Bool { (type == 0 || type == 1) && flags & 1 != 0 }
  }

  public enum Kind: UInt8, Sendable {
    case data = 0
    case headers = 1
    case priority = 2
    case reset = 3
    case settings = 4
    case ping = 6
    case goAway = 7
    case windowUpdate = 8
    case continuation = 9
    /// Of no type that anybody knows.
    case unknown = 0x42
  }

  public static let endStream: UInt8 = 1
  public static let endHeaders: UInt8 = 4

  public let connection: RawConnection
  private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())

  /// Sends the preface and settings.
  /// - Parameter window: the initial window of streams, in bytes: how much of an answer this side takes.
  public init(_ connection: RawConnection, window: UInt32 = 65_535) async throws {
    self.connection = connection
    try await connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    try await send(.settings, payload: [0, 4] + Self.bytes(window))
  }

  public func send(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, payload: [UInt8]) async throws {
    try await connection.send(Self.frame(kind, flags: flags, stream: stream, payload: payload))
  }

  /// The bytes of a frame, for who sends many at once.
  public static func frame(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, payload: [UInt8]) -> [UInt8] {
    bytes(UInt32(payload.count)).dropFirst() + [kind.rawValue, flags] + bytes(stream) + payload
  }

  /// Opens a stream.
  public func head(_ stream: UInt32, _ fields: [(String, String)], isWhole: Bool = true) async throws {
    let flags = Self.endHeaders | (isWhole ? Self.endStream : 0)
    try await send(.headers, flags: flags, stream: stream, payload: Self.block(fields))
  }

  /// Fields as literals without compression, byte for byte.
  public static func block(_ fields: [(String, String)]) -> [UInt8] {
    fields.flatMap { name, value in [0] + literal(name) + literal(value) }
  }

  /// Asks for an echo and waits for it: the server has read everything that was sent before.
  public func ping(_ number: UInt8) async throws {
    try await send(.ping, payload: [UInt8](repeating: number, count: 8))
    while let frame = try await frame(), frame.type != Kind.ping.rawValue {}
  }

  /// The reason of the server's GOAWAY, which ends the connection; nil when it ended without one.
  public func farewell() async throws -> UInt32? {
    var reason: UInt32?
    while let frame = try await frame() {
      guard frame.type == Kind.goAway.rawValue, frame.payload.count >= 8 else { continue }
      reason = frame.payload[4..<8].reduce(0) { $0 << 8 | UInt32($1) }
    }
    return reason
  }

  public func body(_ stream: UInt32, _ text: String, isLast: Bool) async throws {
    try await send(.data, flags: isLast ? Self.endStream : 0, stream: stream, payload: Array(text.utf8))
  }

  /// The next frame; nil at the end of the connection. Settings are acknowledged.
  public func frame() async throws -> Frame? {
    guard let head = await connection.bytes(count: 9) else { return nil }
    let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
    guard let payload = await connection.bytes(count: length) else { return nil }
    let stream = head[5...8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
    let frame = Frame(type: head[3], flags: head[4], stream: stream, payload: payload)
    if frame.type == Kind.settings.rawValue, frame.flags & 1 == 0 {
      // Nobody may be there to hear it; what was sent before is read all the same.
      do { try await send(.settings, flags: 1, payload: []) } catch  where !(error is CancellationError) {}
    }
    return frame
  }

  /// What became of a stream: a status with the body, or nil when it or the connection was reset.
  public mutating func answer(_ stream: UInt32) async throws -> (status: Int, body: String)? {
    var status: Int?
    var body: [UInt8] = []
    while let frame = try await frame() {
      if frame.type == Kind.goAway.rawValue, frame.payload.dropFirst(4).prefix(4) != [0, 0, 0, 0] { return nil }
      var fields = HPACKHeaders()
      if frame.type == Kind.headers.rawValue {
        // Of other streams too: they share one table.
        var block = ByteBuffer(bytes: frame.payload)
        fields = try decoder.decodeHeaders(from: &block)
      }
      guard frame.stream == stream else { continue }
      switch Kind(rawValue: frame.type) {
      case .headers:
        let code = fields.first(name: ":status").flatMap { Int($0) }
        if let code, code >= 200 { status = code }
      case .data: body += frame.payload
      case .reset: return nil
      default: break
      }
      if frame.isEnd { return status.map { ($0, String(decoding: body, as: UTF8.self)) } }
    }
    return nil
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  /// A string of up to 126 bytes or, with one continuation byte, of up to 254.
  private static func literal(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return (bytes.count < 127 ? [UInt8(bytes.count)] : [127, UInt8(bytes.count - 127)]) + bytes
  }
}
