internal import FoundationEssentials
public import SyncProtocol

/// The SQL type of a kind's primary key. Keys travel as text and are stored as the type's binary send form.
public enum KeyType: String, Sendable, Hashable, CaseIterable {
  case uuid
  case int8
  case text

  /// In which order keys follow one another in snapshots.
  public var order: KeyOrder { self == .int8 ? .numbers : .bytes }

  /// The stored form of a key, or nil when the text is not of this type.
  public func encode(_ key: RowKey) -> [UInt8]? {
    switch self {
    case .uuid:
      guard key.text.utf8.count == 36, let id = UUID(uuidString: key.text) else { return nil }
      return withUnsafeBytes(of: id.uuid) { Array($0) }
    case .int8:
      guard let number = Int64(key.text), String(number) == key.text else { return nil }
      return withUnsafeBytes(of: number.bigEndian) { Array($0) }
    case .text: return Array(key.text.utf8)
    }
  }

  /// The text of a stored key, or nil when the bytes are not of this type. UUIDs are lower-case, as PostgreSQL prints them.
  public func decode(_ bytes: some Collection<UInt8>) -> RowKey? {
    switch self {
    case .uuid: return bytes.count == 16 ? RowKey(Self.uuidText(bytes)) : nil
    case .int8:
      guard bytes.count == 8 else { return nil }
      return RowKey(String(Int64(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })))
    case .text: return String(validating: bytes, as: UTF8.self).flatMap { RowKey($0) }
    }
  }

  private static func uuidText(_ bytes: some Collection<UInt8>) -> String {
    let digits: StaticString = "0123456789abcdef"
    return String(unsafeUninitializedCapacity: 36) { buffer in
      var place = 0
      for (index, byte) in bytes.enumerated() {
        if index == 4 || index == 6 || index == 8 || index == 10 {
          buffer[place] = 0x2D
          place += 1
        }
        buffer[place] = digits.utf8Start[Int(byte >> 4)]
        buffer[place + 1] = digits.utf8Start[Int(byte & 15)]
        place += 2
      }
      return place
    }
  }
}
