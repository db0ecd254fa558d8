/// Bytes to be signed, made of fields that cannot run into each other: each is its length as 4 bytes, big-endian, then its bytes.
package struct LengthPrefixed: Sendable, Hashable {
  package private(set) var bytes: [UInt8] = []

  /// Begins with the name of what is signed, so that one statement cannot be taken for another.
  package init(context: String) { append(context) }

  package mutating func append(_ text: String) { append(Array(text.utf8)) }

  /// As 8 bytes, big-endian.
  package mutating func append(_ number: Int64) { append(withUnsafeBytes(of: number.bigEndian) { Array($0) }) }

  /// Fields of the protocol are far below 2^32 bytes.
  package mutating func append(_ field: [UInt8]) {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: field.count).bigEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: field)
  }
}
