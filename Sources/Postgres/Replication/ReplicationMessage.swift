/// What a server sends on a replication stream ("Streaming Replication Protocol" in PostgreSQL's manual).
public enum ReplicationMessage: Sendable, Hashable {
  /// A piece of the stream: where it starts, where the server's log ends, and what the output plugin wrote.
  case data(start: WALPosition, end: WALPosition, payload: [UInt8])
  /// A sign of life, with the end of the server's log; it may ask for an answer.
  case keepalive(end: WALPosition, wantsReply: Bool)

  /// Reads one message.
  ///
  /// - Throws: ``PostgresError`` with code `.decoding` when the bytes are no such message.
  init(_ bytes: [UInt8]) throws {
    switch bytes.first {
    case UInt8(ascii: "w") where bytes.count >= 25:
      self = .data(
        start: Self.position(bytes, at: 1), end: Self.position(bytes, at: 9), payload: Array(bytes[25...]))
    case UInt8(ascii: "k") where bytes.count == 18:
      self = .keepalive(end: Self.position(bytes, at: 1), wantsReply: bytes[17] == 1)
    default:
      throw PostgresError(code: .decoding, message: "a message of the replication stream is malformed")
    }
  }

  /// The end of the server's log when it sent this.
  public var end: WALPosition {
    switch self {
    case .data(_, let end, _), .keepalive(let end, _): end
    }
  }

  /// The consumer's answer: everything up to `position` is done with, so the server need not keep it.
  ///
  /// - Parameters:
  ///   - microseconds: the consumer's clock, since 2000-01-01; the server only shows it.
  ///   - wantsReply: asks for a keepalive at once, which tells that the server is there.
  static func status(_ position: WALPosition, microseconds: Int64, wantsReply: Bool) -> [UInt8] {
    var bytes = [UInt8(ascii: "r")]
    // Written, flushed, applied.
    for _ in 0..<3 { append(position.rawValue, to: &bytes) }
    append(UInt64(bitPattern: microseconds), to: &bytes)
    bytes.append(wantsReply ? 1 : 0)
    return bytes
  }

  /// The caller has checked that eight bytes follow.
  private static func position(_ bytes: [UInt8], at start: Int) -> WALPosition {
    WALPosition(rawValue: bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) })
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }
}
