/// The keys of a kind behind `after` up to and with `through`, in the kind's ``KeyOrder``.
public struct KeyRange: Sendable, Hashable {
  /// Nil: from the first key.
  public let after: RowKey?
  /// Nil: to the last key.
  public let through: RowKey?

  public static let everything = KeyRange(after: nil, through: nil)

  public init(after: RowKey?, through: RowKey?) {
    self.after = after
    self.through = through
  }

  public func contains(_ key: RowKey, order: KeyOrder) -> Bool { KeyBounds(self, order: order).contain(key) }
}
