extension Cursor {
  init(_ reader: JSONReader) throws(JSONError) {
    self.init(
      epoch: try reader.field("epoch").epoch(), position: try reader.field("position").position(),
      chain: try reader.field("chain").chain())
  }

  var json: JSONValue {
    ["epoch": epoch.json, "position": .string(position.description), "chain": .string(chain.text)]
  }
}
