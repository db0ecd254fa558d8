extension Nack {
  init(_ reader: JSONReader) throws(JSONError) {
    let kind = try reader.field("kind").parsed("a kind") { Kind($0) }
    let key = try reader.field("key").parsed("a key of 1 to 255 bytes") { RowKey($0) }
    let code = try reader.field("code").parsed("1 to 40 capital letters, digits or underscores") { text in
      (1...40).contains(text.utf8.count)
        && text.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F } ? text : nil
    }
    self.init(
      row: RowReference(kind: kind, key: key), code: code, version: try RowVersion(try reader.field("version")))
  }

  var json: JSONValue {
    [
      "kind": .string(row.kind.name), "key": .string(row.key.text), "code": .string(code), "version": version.json,
    ]
  }
}

extension RowVersion {
  init(_ reader: JSONReader) throws(JSONError) {
    self.init(
      generation: try reader.field("generation").decimal(),
      epoch: Int32(try reader.field("epoch").integer(in: 1...Int64(Int32.max))),
      head: try reader.field("head").position())
  }

  var json: JSONValue {
    ["generation": .decimal(generation), "epoch": .integer(Int64(epoch)), "head": .string(head.description)]
  }
}
