extension BatchContent {
  /// Parses the content of a batch whose seal and digest were verified.
  static func decode(_ sealed: SealedBatch) throws(WireError) -> Batch {
    do throws(JSONError) {
      let limits = JSONLimits(
        maximumBytes: WireLimits.maximumInflatedBytes, maximumDepth: WireLimits.maximumDepth)
      let reader = JSONReader(try JSONParser.parse(sealed.content, limits: limits))
      let rows = try rows(reader, epoch: sealed.envelope.epoch)
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

  /// The rows of the member `groups`.
  static func rows(_ reader: JSONReader, epoch: Epoch) throws(JSONError) -> [RowImage] {
    var rows: [RowImage] = []
    for group in try reader.field("groups").array(maximum: WireLimits.maximumRowsPerBatch) {
      try decode(group, epoch: epoch.ordinal, into: &rows)
    }
    return rows
  }

  private static func decode(_ group: JSONReader, epoch: Int32, into rows: inout [RowImage]) throws(JSONError) {
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
