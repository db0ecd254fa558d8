extension RowImage {
  /// Whether rows are ascending by kind and key as bytes, each once.
  package static func areAscending(_ rows: [RowImage]) -> Bool {
    rows.withUnsafeBufferPointer { rows in
      guard rows.count > 1 else { return true }
      for index in 1..<rows.count {
        let isSameKind = rows[index - 1].row.kind == rows[index].row.kind
        guard
          isSameKind
            ? rows[index - 1].row.key.text.precedesByBytes(rows[index].row.key.text)
            : rows[index - 1].row.kind < rows[index].row.kind
        else { return false }
      }
      return true
    }
  }

  /// Whether two rows have fields of the same names in the same order.
  static func haveSameNames(_ left: [Field], _ right: [Field]) -> Bool {
    guard left.count == right.count else { return false }
    for index in left.indices where left[index].name != right[index].name { return false }
    return true
  }
}
