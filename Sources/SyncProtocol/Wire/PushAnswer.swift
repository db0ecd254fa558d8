/// Where the pushed log stands now at the receiver, and what it asks for next. Acknowledges what was applied.
public struct PushAnswer: Sendable, Hashable {
  public var request: SyncRequestDocument
  /// Why the batch was dropped, by the receiver's check; nil when it was applied. The cursors in ``request`` say from where to go on.
  public var fault: String?

  public init(request: SyncRequestDocument, fault: String? = nil) {
    self.request = request
    self.fault = fault
  }
}

extension PushAnswer: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    request = try SyncRequestDocument(try reader.field("request"))
    fault = try reader.optional("fault")?.label()
  }

  public var json: JSONValue {
    var object: JSONObject = ["request": request.json]
    if let fault { object["fault"] = .string(fault) }
    return .object(object)
  }
}
