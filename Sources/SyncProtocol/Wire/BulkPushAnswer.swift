/// What control asks for next beside the stream.
public struct BulkPushAnswer: Sendable, Hashable {
  /// Nil: it has everything.
  public var bulk: BulkRequest?
  /// Why the answer was dropped; ``bulk`` says from where to go on.
  public var fault: String?

  public init(bulk: BulkRequest?, fault: String? = nil) {
    self.bulk = bulk
    self.fault = fault
  }
}

extension BulkPushAnswer: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    if let wanted = try reader.optional("bulk") { bulk = try BulkRequest(wanted) }
    fault = try reader.optional("fault")?.label()
  }

  public var json: JSONValue {
    var object: JSONObject = ["bulk": bulk?.json ?? .null]
    if let fault { object["fault"] = .string(fault) }
    return .object(object)
  }
}
