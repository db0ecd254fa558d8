/// What every batch must fulfil, whoever made it. Sender and receiver check the same.
enum BatchRules {
  static func check(_ batch: Batch) throws(WireError) {
    try checkInterval(batch)
    try checkRows(batch.rows, epoch: batch.epoch, head: batch.head)
  }

  /// Rows of one read.
  static func checkRows(_ rows: [RowImage], epoch: Epoch, head: Position) throws(WireError) {
    guard rows.count <= WireLimits.maximumRowsPerBatch else { throw WireError(.limit, "too many rows") }
    var columns: [RowImage.Field] = []
    guard RowImage.areAscending(rows) else {
      throw WireError(.rowOrder, "rows are not ascending by kind and key, each once")
    }
    for row in rows {
      guard row.version.epoch == epoch.ordinal, row.version.head <= head, row.version.generation >= 0 else {
        throw WireError(.interval, "a row's version is not of this log")
      }
      if let fields = row.fields {
        // Rows of one shape follow each other: its names are checked once.
        if !RowImage.haveSameNames(fields, columns) {
          try checkColumns(fields)
          columns = fields
        }
        try checkValues(fields)
      }
    }
  }

  private static func checkInterval(_ batch: Batch) throws(WireError) {
    guard batch.stream != batch.audience else { throw WireError(.address, "a batch for its own sender") }
    guard batch.from <= batch.to else { throw WireError(.interval, "to is before from") }
    guard batch.to <= batch.head else { throw WireError(.interval, "to is beyond the head") }
    guard batch.from < batch.to || (batch.chainBefore == batch.chainAfter && batch.rows.isEmpty) else {
      throw WireError(.interval, "an empty interval has rows or changes the chain")
    }
    guard batch.consistentAt.map({ $0 <= batch.head }) ?? true else {
      throw WireError(.interval, "consistent_at is beyond the head")
    }
    guard batch.completeAsOf >= 0 else { throw WireError(.interval, "complete_as_of is before 1970") }
  }

  private static func checkColumns(_ fields: [RowImage.Field]) throws(WireError) {
    guard fields.count <= WireLimits.maximumColumns else { throw WireError(.limit, "too many columns") }
    var last: String?
    for field in fields {
      guard isColumn(field.name) else { throw WireError(.column, "a column's name is not one") }
      if let last, !last.utf8.lexicographicallyPrecedes(field.name.utf8) {
        throw WireError(.column, "columns are not ascending, each once")
      }
      last = field.name
    }
  }

  private static func checkValues(_ fields: [RowImage.Field]) throws(WireError) {
    for field in fields {
      guard let value = field.value else { continue }
      guard value.utf8.count <= WireLimits.maximumValueBytes else { throw WireError(.limit, "a value is too long") }
      guard !value.holdsNUL else { throw WireError(.column, "a value holds NUL") }
    }
  }

  /// 1 to 63 characters of `a-z`, `0-9` and `_`, beginning with a letter: names that begin with `_` are the receiver's own.
  private static func isColumn(_ name: String) -> Bool { Kind(name) != nil }
}
