/// A ``KeyRange`` in a ``KeyOrder``, for many keys: bounds that are numbers are read once.
struct KeyBounds {
  private let range: KeyRange
  private let order: KeyOrder
  private let after: Int64?
  private let through: Int64?

  init(_ range: KeyRange, order: KeyOrder) {
    self.range = range
    self.order = order
    let isNumeric = order == .numbers
    after = isNumeric ? range.after.flatMap { Int64($0.text) } : nil
    through = isNumeric ? range.through.flatMap { Int64($0.text) } : nil
  }

  /// As ``KeyOrder/isAscending(_:_:)`` has it, of both bounds.
  func contain(_ key: RowKey) -> Bool {
    switch order {
    case .bytes:
      if let after = range.after, !(after < key) { return false }
      if let through = range.through, through < key { return false }
      return true
    case .numbers:
      guard range.after != nil || range.through != nil else { return true }
      let number = key.text.plainInteger ?? Int64(key.text)
      if range.after != nil {
        guard let after, let number, after < number else { return false }
      }
      if let last = range.through, last != key {
        guard let through, let number, number < through else { return false }
      }
      return true
    }
  }
}
