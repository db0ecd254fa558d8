internal import Crypto

/// The running SHA-256 over all entries of a log up to one position: equal hashes mean equal histories.
public struct ChainHash: Sendable, Hashable {
  /// The chain before the first entry of a log: 32 zero bytes.
  public static let origin = ChainHash(unchecked: [UInt8](repeating: 0, count: 32))

  /// Always 32 bytes.
  public let bytes: [UInt8]

  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// The chain with one more entry: SHA-256 over `chain ‖ position ‖ transaction ‖ kind length ‖ kind ‖ key length ‖ key`, integers as
  /// 8-byte (lengths 1-byte) big-endian. Receivers are not hashed: they are an index, not history.
  public func appending(_ entry: LogEntry) -> ChainHash {
    var buffer: [UInt8] = []
    buffer.reserveCapacity(bytes.count + 18 + entry.row.kind.name.utf8.count + entry.row.key.text.utf8.count)
    buffer.append(contentsOf: bytes)
    withUnsafeBytes(of: entry.position.value.bigEndian) { buffer.append(contentsOf: $0) }
    withUnsafeBytes(of: entry.transaction.bigEndian) { buffer.append(contentsOf: $0) }
    buffer.append(UInt8(truncatingIfNeeded: entry.row.kind.name.utf8.count))
    buffer.append(contentsOf: entry.row.kind.name.utf8)
    buffer.append(UInt8(truncatingIfNeeded: entry.row.key.text.utf8.count))
    buffer.append(contentsOf: entry.row.key.text.utf8)
    return ChainHash(unchecked: Array(SHA256.hash(data: buffer)))
  }
}
