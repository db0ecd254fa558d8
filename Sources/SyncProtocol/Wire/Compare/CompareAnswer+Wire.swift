extension CompareAnswer: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    let body: Body
    if let range = try reader.optional("range") {
      body = .range(try RangeReading(range))
    } else if let owner = try reader.optional("owner") {
      body = .owner(try OwnerReading(owner))
    } else if let holder = try reader.optional("holder") {
      body = .holder(try HolderReading(holder))
    } else if let refused = try reader.optional("refused") {
      body = .refused(try refused.parsed("a code of a refused question") { Refusal(rawValue: $0) })
    } else {
      guard try reader.field("mended").bool() else { throw try reader.field("mended").error(expected: "true") }
      body = .mended
    }
    self.init(id: try reader.field("id").label(), body: body)
  }

  public var json: JSONValue {
    var object: JSONObject = ["id": .string(id)]
    switch body {
    case .range(let range): object["range"] = range.json
    case .owner(let reading): object["owner"] = reading.json
    case .holder(let reading): object["holder"] = reading.json
    case .mended: object["mended"] = true
    case .refused(let refusal): object["refused"] = .string(refusal.rawValue)
    }
    return .object(object)
  }
}

extension RangeReading {
  init(_ reader: JSONReader) throws(JSONError) {
    let rows = try reader.field("rows").elements(maximum: ComparisonLimits.maximumRange) {
      (row) throws(JSONError) in
      Listed(key: try row.field("key").rowKey(), digest: try row.field("digest").shortDigest())
    }
    self.init(
      through: try reader.optional("through")?.rowKey(), position: try reader.field("position").position(),
      count: Int(try reader.field("count").integer(in: 0...Int64(ComparisonLimits.maximumRange))),
      digest: try reader.field("digest").parsed("64 hexadecimal digits") { text in
        Hexadecimal.decode(text).flatMap { $0.count == 32 ? $0 : nil }
      }, rows: rows)
  }

  var json: JSONValue {
    var object: JSONObject = [
      "position": .string(position.description), "count": .integer(count),
      "digest": .string(Hexadecimal.encode(digest)),
      "rows": .array(
        rows.map { ["key": .string($0.key.text), "digest": .string(Base64.encode($0.digest))] }),
    ]
    if let through { object["through"] = .string(through.text) }
    return .object(object)
  }
}

extension OwnerReading {
  init(_ reader: JSONReader) throws(JSONError) {
    let rows = try reader.field("rows").elements(maximum: ComparisonLimits.maximumKeys) { (row) throws(JSONError) in
      Row(
        key: try row.field("key").rowKey(), columns: try row.shortDigests(),
        generation: try row.field("generation").decimal(), isQuiet: try row.field("quiet").bool(),
        isElsewhere: try row.field("elsewhere").bool())
    }
    self.init(
      epoch: try reader.field("epoch").epoch(), head: try reader.field("head").position(),
      isPassed: try reader.field("passed").bool(), rows: rows)
  }

  var json: JSONValue {
    let list = rows.map { row -> JSONValue in
      var object: JSONObject = [
        "key": .string(row.key.text), "generation": .decimal(row.generation), "quiet": .bool(row.isQuiet),
        "elsewhere": .bool(row.isElsewhere),
      ]
      object.put(digests: row.columns)
      return .object(object)
    }
    return [
      "epoch": epoch.json, "head": .string(head.description), "passed": .bool(isPassed), "rows": .array(list),
    ]
  }
}

extension HolderReading {
  init(_ reader: JSONReader) throws(JSONError) {
    let rows = try reader.field("rows").elements(maximum: ComparisonLimits.maximumKeys) { (row) throws(JSONError) in
      Row(
        key: try row.field("key").rowKey(), columns: try row.shortDigests(),
        version: try row.optional("version").map { (version) throws(JSONError) in try RowVersion(version) },
        quarantine: try row.optional("quarantine")?.label(maximum: 40))
    }
    self.init(
      epoch: try reader.field("epoch").epoch(), cursor: try reader.field("cursor").position(),
      isSettled: try reader.field("settled").bool(), rows: rows)
  }

  var json: JSONValue {
    let list = rows.map { row -> JSONValue in
      var object: JSONObject = ["key": .string(row.key.text)]
      object.put(digests: row.columns)
      if let version = row.version { object["version"] = version.json }
      if let quarantine = row.quarantine { object["quarantine"] = .string(quarantine) }
      return .object(object)
    }
    return [
      "epoch": epoch.json, "cursor": .string(cursor.description), "settled": .bool(isSettled), "rows": .array(list),
    ]
  }
}

extension JSONObject {
  /// Absent: there is no row.
  fileprivate mutating func put(digests: [[UInt8]]?) {
    guard let digests else { return }
    self["columns"] = .array(digests.map { .string(Base64.encode($0)) })
  }
}

extension JSONReader {
  fileprivate func shortDigest() throws(JSONError) -> [UInt8] {
    try parsed("16 bytes in base64url") { text in
      Base64.decode(text).flatMap { $0.count == RowDigest.shortLength ? $0 : nil }
    }
  }

  fileprivate func shortDigests() throws(JSONError) -> [[UInt8]]? {
    try optional("columns").map { (columns) throws(JSONError) in
      try columns.elements(maximum: WireLimits.maximumColumns) { (column) throws(JSONError) in
        try column.shortDigest()
      }
    }
  }
}
