/// Asks control for rows beside the stream.
public struct BulkCall: Sendable, Hashable {
  /// From ``HelloAnswer/session``.
  public var session: String
  /// Rises with every request of the key.
  public var counter: Int64
  public var request: BulkRequest

  public init(session: String, counter: Int64, request: BulkRequest) {
    self.session = session
    self.counter = counter
    self.request = request
  }
}

extension BulkCall: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    session = try reader.field("session").label()
    counter = try reader.field("counter").decimal()
    request = try BulkRequest(try reader.field("request"))
  }

  public var json: JSONValue {
    ["session": .string(session), "counter": .decimal(counter), "request": request.json]
  }
}
