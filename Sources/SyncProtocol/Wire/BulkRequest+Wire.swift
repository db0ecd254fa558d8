extension BulkRequest {
  init(_ reader: JSONReader) throws(JSONError) {
    let wanted: Wanted
    if let references = try reader.optional("references") {
      wanted = .references(
        try references.elements(maximum: WireLimits.maximumReferences) { (element) throws(JSONError) in
          RowReference(kind: try element.field("kind").kind(), key: try element.field("key").key())
        })
    } else {
      wanted = .chunk(try reader.field("kind").kind(), after: try reader.optional("after")?.key())
    }
    self.init(
      id: try reader.field("id").label(maximum: 64), stream: try reader.field("stream").silo(),
      lane: try reader.field("lane").lane(), wanted: wanted,
      rowLimit: Int(try reader.field("rows").integer(in: 1...Int64(WireLimits.maximumRowsPerChunk))),
      byteLimit: Int(try reader.field("bytes").integer(in: 1...Int64(WireLimits.maximumBytesPerChunk))),
      done: try reader.field("done").decimal(), wantsEstimates: try reader.field("estimates").bool())
  }

  var json: JSONValue {
    var object: JSONObject = [
      "id": .string(id), "stream": .string(stream.description), "lane": .string(lane.rawValue),
      "rows": .integer(Int64(min(rowLimit, WireLimits.maximumRowsPerChunk))),
      "bytes": .integer(Int64(min(byteLimit, WireLimits.maximumBytesPerChunk))), "done": .decimal(done),
      "estimates": .bool(wantsEstimates),
    ]
    switch wanted {
    case .references(let references):
      object["references"] = .array(
        references.map { ["kind": .string($0.kind.name), "key": .string($0.key.text)] })
    case .chunk(let kind, let after):
      object["kind"] = .string(kind.name)
      object["after"] = after.map { .string($0.text) } ?? .null
    }
    return .object(object)
  }
}

extension JSONReader {
  func kind() throws(JSONError) -> Kind { try parsed("a kind") { Kind($0) } }
  func key() throws(JSONError) -> RowKey { try parsed("a key of 1 to 255 bytes") { RowKey($0) } }
}
