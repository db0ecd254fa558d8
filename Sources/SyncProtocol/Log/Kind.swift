/// The name of a replicated model, such as `user_status`: 1 to 63 characters of `a-z`, `0-9` and `_`, beginning with a letter.
public struct Kind: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let name: String

  public init?(_ name: String) {
    guard (1...63).contains(name.utf8.count), let first = name.utf8.first, (0x61...0x7A).contains(first),
      name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F })
    else { return nil }
    self.name = name
  }

  /// For names that are constants of the program.
  public init(_ name: StaticString) { self.name = name.description }

  public var description: String { name }
  public static func < (left: Kind, right: Kind) -> Bool { left.name < right.name }
}

/// Names one row of one kind: the text form of its primary key, 1 to 255 bytes of UTF-8 without NUL.
///
/// Compared byte by byte, as PostgreSQL does: keys that differ in their Unicode form only are two keys.
public struct RowKey: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let text: String

  public init?(_ text: String) {
    guard (1...255).contains(text.utf8.count), !text.holdsNUL else { return nil }
    self.text = text
  }

  public var description: String { text }
  public static func == (left: RowKey, right: RowKey) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }
  public static func < (left: RowKey, right: RowKey) -> Bool {
    left.text.precedesByBytes(right.text)
  }
  public func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}

/// A row's identity over all kinds.
public struct RowReference: Sendable, Hashable, Comparable {
  public let kind: Kind
  public let key: RowKey

  public init(kind: Kind, key: RowKey) {
    self.kind = kind
    self.key = key
  }

  public static func < (left: RowReference, right: RowReference) -> Bool {
    (left.kind, left.key) < (right.kind, right.key)
  }
}
