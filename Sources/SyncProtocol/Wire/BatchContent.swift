/// The content of a batch as JSON: rows of one kind and shape in a group, so that names travel once (docs/protocol.md §6).
enum BatchContent {
  static func encode(_ batch: Batch) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 256 + batch.rows.count * 160)
    writer.raw("{\"head\":")
    writer.append(string: batch.head.description)
    writer.raw(",\"consistent_at\":")
    writer.append(.optional(batch.consistentAt?.description))
    writer.raw(",\"complete_as_of\":")
    writer.append(string: String(batch.completeAsOf))
    writer.raw(",\"complete_snapshot\":")
    writer.append(string: batch.completeSnapshot.description)
    appendGroups(batch.rows, to: &writer)
    writer.raw("}")
    return writer.bytes
  }

  /// The member `groups`, after a comma.
  static func appendGroups(_ rows: [RowImage], to writer: inout JSONWriter) {
    writer.raw(",\"groups\":[")
    var start = 0
    while start < rows.count {
      var end = start + 1
      while end < rows.count, isSameGroup(rows[start], rows[end]) { end += 1 }
      if start > 0 { writer.raw(",") }
      append(rows[start..<end], first: rows[start], to: &writer)
      start = end
    }
    writer.raw("]")
  }

  private static func isSameGroup(_ first: RowImage, _ second: RowImage) -> Bool {
    guard first.row.kind == second.row.kind, first.version.head == second.version.head else { return false }
    switch (first.fields, second.fields) {
    case (nil, nil): return true
    case (let first?, let second?): return RowImage.haveSameNames(first, second)
    default: return false
    }
  }

  private static func append(_ rows: ArraySlice<RowImage>, first: RowImage, to writer: inout JSONWriter) {
    writer.raw("{\"kind\":")
    writer.append(string: first.row.kind.name)
    writer.raw(",\"head\":")
    writer.append(string: first.version.head.description)
    if let fields = first.fields {
      writer.raw(",\"columns\":[")
      for (index, field) in fields.enumerated() {
        if index > 0 { writer.raw(",") }
        writer.append(string: field.name)
      }
      writer.raw("],\"rows\":[")
    } else {
      writer.raw(",\"removes\":[")
    }
    for index in rows.indices {
      if index > rows.startIndex { writer.raw(",") }
      append(rows[index], to: &writer)
    }
    writer.raw("]}")
  }

  private static func append(_ row: RowImage, to writer: inout JSONWriter) {
    writer.raw("[")
    writer.append(string: row.row.key.text)
    if row.version.generation == 0 {
      writer.raw(",\"0\"")
    } else {
      writer.raw(",")
      writer.append(string: String(row.version.generation))
    }
    for field in row.fields ?? [] {
      writer.raw(",")
      if let value = field.value { writer.append(string: value) } else { writer.raw("null") }
    }
    writer.raw("]")
  }
}
