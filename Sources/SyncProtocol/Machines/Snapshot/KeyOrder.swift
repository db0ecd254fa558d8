/// In which order the keys of a kind follow one another. Both sides must agree on it: a range of keys is swept by it.
///
/// `uuid` keys in their canonical lower-case form and `text` keys are ordered by bytes (`COLLATE "C"`), `int8` keys by number.
public enum KeyOrder: String, Sendable, Hashable {
  case bytes
  case numbers

  /// Whether `left` stands before `right`. Keys that are no numbers stand in no order of numbers.
  public func isAscending(_ left: RowKey, _ right: RowKey) -> Bool {
    switch self {
    case .bytes: left < right
    case .numbers:
      if let left = Int64(left.text), let right = Int64(right.text) { left < right } else { false }
    }
  }
}
