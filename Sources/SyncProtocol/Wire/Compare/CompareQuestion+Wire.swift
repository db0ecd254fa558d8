extension CompareQuestion: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    self.init(
      id: try reader.field("id").label(), subject: try ComparisonSubject(try reader.field("subject")),
      body: try Self.body(reader))
  }

  public var json: JSONValue {
    guard case .object(var object) = Self.bodyJSON(body) else { return .null }
    object["id"] = .string(id)
    object["subject"] = subject.json
    return .object(object)
  }

  static func body(_ reader: JSONReader) throws(JSONError) -> Body {
    if let range = try reader.optional("range") {
      return .range(
        after: try range.optional("after")?.rowKey(), through: try range.optional("through")?.rowKey(),
        limit: Int(try range.field("limit").integer(in: 1...Int64(ComparisonLimits.maximumRange))),
        listsRows: try range.field("rows").bool())
    }
    if let rows = try reader.optional("rows") {
      let keys = try rows.field("keys").elements(maximum: ComparisonLimits.maximumKeys) { (key) throws(JSONError) in
        try key.rowKey()
      }
      return .rows(
        keys, window: try rows.optional("window").map { (window) throws(JSONError) in try Window(window) })
    }
    let mend = try reader.field("mend")
    let items = try mend.field("items").elements(maximum: ComparisonLimits.maximumKeys) { (item) throws(JSONError) in
      Mend(key: try item.field("key").rowKey(), difference: try item.difference())
    }
    return .mend(items, repairs: try mend.field("repairs").bool())
  }

  static func bodyJSON(_ body: Body) -> JSONValue {
    switch body {
    case .range(let after, let through, let limit, let listsRows):
      var range: JSONObject = ["limit": .integer(limit), "rows": .bool(listsRows)]
      if let after { range["after"] = .string(after.text) }
      if let through { range["through"] = .string(through.text) }
      return ["range": .object(range)]
    case .rows(let keys, let window):
      var rows: JSONObject = ["keys": .array(keys.map { .string($0.text) })]
      if let window { rows["window"] = window.json }
      return ["rows": .object(rows)]
    case .mend(let items, let repairs):
      let list = items.map { item -> JSONValue in
        var object = item.difference.object
        object["key"] = .string(item.key.text)
        return .object(object)
      }
      return ["mend": ["items": .array(list), "repairs": .bool(repairs)]]
    }
  }
}

extension ComparisonSubject {
  init(_ reader: JSONReader) throws(JSONError) {
    let columns = try reader.field("columns").elements(maximum: WireLimits.maximumColumns) {
      (column) throws(JSONError) in
      try column.parsed("a column") { Kind($0)?.name }
    }
    guard zip(columns, columns.dropFirst()).allSatisfy({ $0.utf8.lexicographicallyPrecedes($1.utf8) }) else {
      throw try reader.field("columns").error(expected: "ascending columns, each once")
    }
    self.init(
      stream: try reader.field("stream").silo(), audience: try reader.field("audience").silo(),
      kind: try reader.field("kind").parsed("a kind") { Kind($0) }, columns: columns,
      salt: try reader.field("salt").parsed("16 bytes in base64url") { text in
        Base64.decode(text).flatMap { $0.count == 16 ? $0 : nil }
      })
  }

  var json: JSONValue {
    [
      "stream": .string(stream.description), "audience": .string(audience.description), "kind": .string(kind.name),
      "columns": .array(columns.map { .string($0) }), "salt": .string(Base64.encode(salt)),
    ]
  }
}

extension CompareQuestion.Window {
  init(_ reader: JSONReader) throws(JSONError) {
    self.init(
      epoch: try reader.field("epoch").epoch(), since: try reader.field("since").position(),
      cursor: try reader.field("cursor").position())
  }

  var json: JSONValue {
    [
      "epoch": epoch.json, "since": .string(since.description), "cursor": .string(cursor.description),
    ]
  }
}

extension RowDifference {
  var object: JSONObject {
    ["difference": .string(code), "details": .array(details.map { .string($0) })]
  }
}

extension JSONReader {
  func rowKey() throws(JSONError) -> RowKey { try parsed("a key of 1 to 255 bytes") { RowKey($0) } }

  func difference() throws(JSONError) -> RowDifference {
    let details = try field("details").elements(maximum: WireLimits.maximumColumns) { (detail) throws(JSONError) in
      try detail.label(maximum: 63)
    }
    return try field("difference").parsed("a code of a difference") { RowDifference(code: $0, details: details) }
  }
}
