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

  /// Whether the text is the one in which PostgreSQL prints the key. Rows are found by the text of their key and written by its value: in another
  /// spelling a row would be found nowhere and change the one that has the canonical key.
  func isCanonical(_ key: RowKey) -> Bool {
    switch self {
    case .uuid: Self.isUUID(key.text.utf8)
    case .int8: key.text.plainInteger != nil || (Int64(key.text).map { String($0) == key.text } ?? false)
    case .text: true
    }
  }

  private static func isUUID(_ text: String.UTF8View) -> Bool {
    var count = 0
    for byte in text {
      switch (count, byte) {
      case (8, 0x2D), (13, 0x2D), (18, 0x2D), (23, 0x2D): break
      case (8, _), (13, _), (18, _), (23, _): return false
      case (_, 0x30...0x39), (_, 0x61...0x66): break
      default: return false
      }
      count += 1
    }
    return count == 36
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
