extension BatchContent {
  /// Parses the content of a batch whose seal and digest were verified.
  static func decode(_ sealed: SealedBatch) throws(WireError) -> Batch {
    do throws(JSONError) {
      let (reader, rows) = try parse(sealed.content, epoch: sealed.envelope.epoch)
      return Batch(
        stream: sealed.envelope.stream, audience: sealed.envelope.audience, lane: sealed.envelope.lane,
        epoch: sealed.envelope.epoch, from: sealed.envelope.from,
        to: sealed.envelope.to, chainBefore: sealed.envelope.chainBefore, chainAfter: sealed.envelope.chainAfter,
        consistentAt: try reader.optional("consistent_at")?.position(), head: try reader.field("head").position(),
        completeAsOf: try reader.field("complete_as_of").decimal(),
        completeSnapshot: try reader.field("complete_snapshot").snapshot(), rows: rows)
    } catch {
      throw WireError(error)
    }
  }

  /// The members of a content, without `groups`, and its rows.
  ///
  /// Rows make up nearly all of a content. They are read straight from the bytes where their group is written as this module writes it; any other
  /// spelling of it, and every fault in it, is read as other JSON is.
  static func parse(_ content: [UInt8], epoch: Epoch) throws(JSONError) -> (members: JSONReader, rows: [RowImage]) {
    let limits = JSONLimits(maximumBytes: WireLimits.maximumInflatedBytes, maximumDepth: WireLimits.maximumDepth)
    var rows: [RowImage]?
    let members = JSONReader(
      try JSONParser.parse(content, limits: limits, apart: "groups") { (parser) throws(JSONError) in
        rows = try groups(&parser, epoch: epoch.ordinal)
      })
    guard let rows else { throw try members.field("groups").error(expected: "an array") }
    return (members, rows)
  }

  private static func groups(_ parser: inout JSONParser, epoch: Int32) throws(JSONError) -> [RowImage] {
    var rows: [RowImage] = []
    parser.skipWhiteSpace()
    guard try parser.peek() == UInt8(ascii: "[") else {
      throw JSONReader(try parser.value(depth: 1), path: "groups").error(expected: "an array")
    }
    var count = 0
    try parser.elements(depth: 2) { (parser) throws(JSONError) in
      let path = "groups[\(count)]"
      count += 1
      guard count <= WireLimits.maximumRowsPerBatch else {
        throw JSONError(path: "groups", expected: "at most \(WireLimits.maximumRowsPerBatch) elements")
      }
      if try plainGroup(&parser, epoch: epoch, into: &rows) { return }
      try decode(JSONReader(try parser.value(depth: 2), path: path), epoch: epoch, into: &rows)
    }
    return rows
  }

  /// False when the group is written in another way than this module's: nothing has changed then.
  private static func plainGroup(
    _ parser: inout JSONParser, epoch: Int32, into rows: inout [RowImage]
  ) throws(JSONError) -> Bool {
    let (start, count) = (parser.offset, rows.count)
    var reader = PlainReader(offset: start)
    if parser.bytes.withUnsafeBufferPointer({ reader.group($0, epoch: epoch, into: &rows) }) {
      parser.offset = reader.offset
      return true
    }
    rows.removeLast(rows.count - count)
    return false
  }

  static func decode(_ group: JSONReader, epoch: Int32, into rows: inout [RowImage]) throws(JSONError) {
    let kind = try group.field("kind").parsed("a kind") { Kind($0) }
    let head = try group.field("head").position()
    var columns: [String]?
    if let reader = try group.optional("columns") {
      columns = try reader.elements(maximum: WireLimits.maximumColumns) { (element) throws(JSONError) in
        try element.string(bytes: 1...63)
      }
    }
    let name = columns == nil ? "removes" : "rows"
    let list = try group.field(name)
    guard case .array(let elements) = list.value else { throw list.error(expected: "an array") }
    for (index, element) in elements.enumerated() {
      guard let row = row(element, kind: kind, epoch: epoch, head: head, columns: columns) else {
        throw JSONError(
          path: "\(list.path)[\(index)]", expected: "key, generation and \(columns?.count ?? 0) values or nulls")
      }
      rows.append(row)
    }
  }

  /// Without a reader: this is the path that every row takes.
  private static func row(
    _ element: JSONValue, kind: Kind, epoch: Int32, head: Position, columns: [String]?
  ) -> RowImage? {
    guard case .array(let values) = element, values.count == 2 + (columns?.count ?? 0),
      case .string(let keyText) = values[0], let key = RowKey(keyText),
      case .string(let generationText) = values[1], let generation = Int64(canonicalDecimal: generationText)
    else { return nil }
    var fields: [RowImage.Field]?
    if let columns {
      var list: [RowImage.Field] = []
      list.reserveCapacity(columns.count)
      for (name, value) in zip(columns, values[2...]) {
        switch value {
        case .string(let text): list.append(RowImage.Field(name: name, value: text))
        case .null: list.append(RowImage.Field(name: name, value: nil))
        default: return nil
        }
      }
      fields = list
    }
    return RowImage(
      row: RowReference(kind: kind, key: key),
      version: RowVersion(generation: generation, epoch: epoch, head: head), fields: fields)
  }
}

extension JSONReader {
  /// A snapshot in the one form that ``TransactionSnapshot/description`` prints.
  fileprivate func snapshot() throws(JSONError) -> TransactionSnapshot {
    try parsed("a snapshot: xmin:xmax:xip,…") { text in
      guard let snapshot = TransactionSnapshot(text), snapshot.description == text else { return nil }
      return snapshot
    }
  }
}
