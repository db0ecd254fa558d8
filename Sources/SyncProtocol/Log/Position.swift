/// A dense place in a silo's log.
///
/// Positions count log entries from 1; ``zero`` stands before the first entry. They are immutable within an epoch. On the wire a
/// position is a decimal string, because JSON numbers lose integers above 2^53.
public struct Position: Sendable, Hashable, Comparable {
  /// The place before the first entry.
  public static let zero = Position(unchecked: 0)

  public let value: Int64

  /// Returns nil for a negative number: there is no place before ``zero``.
  public init?(_ value: Int64) {
    guard value >= 0 else { return nil }
    self.value = value
  }

  package init(unchecked value: Int64) { self.value = value }

  /// The position `count` entries further on, or nil when that is beyond the largest position (2^63 - 1).
  public func advanced(by count: Int) -> Position? {
    let (sum, overflow) = value.addingReportingOverflow(Int64(count))
    return overflow ? nil : Position(sum)
  }

  public static func < (left: Position, right: Position) -> Bool { left.value < right.value }
}

extension Position: LosslessStringConvertible {
  /// Accepts exactly what ``description`` prints: ASCII digits without sign or leading zeros, at most 2^63 - 1.
  public init?(_ description: String) {
    guard let value = Int64(canonicalDecimal: description) else { return nil }
    self.init(value)
  }

  public var description: String { String(value) }
}

extension Int64 {
  /// Parses the canonical decimal form of a non-negative integer: digits only, no leading zero, in range.
  package init?(canonicalDecimal text: String) {
    guard let first = text.utf8.first, text.utf8.count <= 19, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      first != 0x30 || text.utf8.count == 1, let value = Int64(text)
    else { return nil }
    self = value
  }
}
