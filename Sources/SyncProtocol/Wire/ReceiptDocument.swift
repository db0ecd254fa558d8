/// A row that control granted and sealed by itself, as a region gives it back after control's database was restored.
public struct ReceiptDocument: Sendable, Hashable {
  public var kind: Kind
  public var key: RowKey
  /// Values in PostgreSQL's text form by name, the seal (`receipt`) among them.
  public var fields: [RowImage.Field]

  public init(kind: Kind, key: RowKey, fields: [RowImage.Field]) {
    self.kind = kind
    self.key = key
    self.fields = fields
  }

  public func value(of name: String) -> String? { fields.first { $0.name == name }?.value }
}

extension ReceiptDocument: SyncDocument {
  /// Fields of one receipt.
  private static let maximumFields = 32
  /// Bytes of one value.
  private static let maximumValueBytes = 4096

  public init(_ reader: JSONReader) throws(JSONError) {
    kind = try reader.field("kind").parsed("a kind") { Kind($0) }
    key = try reader.field("key").parsed("a key") { RowKey($0) }
    let list = try reader.field("fields")
    fields = try list.elements(maximum: Self.maximumFields) { (element) throws(JSONError) in
      RowImage.Field(
        name: try element.field("name").label(maximum: 63),
        value: try element.optional("value")?.string(bytes: 0...Self.maximumValueBytes))
    }
    guard Set(fields.map(\.name)).count == fields.count else { throw list.error(expected: "each field once") }
  }

  public var json: JSONValue {
    [
      "kind": .string(kind.name), "key": .string(key.text),
      "fields": .array(fields.map { ["name": .string($0.name), "value": .optional($0.value)] }),
    ]
  }
}
