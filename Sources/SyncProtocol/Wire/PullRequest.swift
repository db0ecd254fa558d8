/// Asks for the next batch. Its cursors acknowledge what was applied.
public struct PullRequest: Sendable, Hashable {
  /// From ``HelloAnswer/session``.
  public var session: String
  /// Rises with every request of the key.
  public var counter: Int64
  /// The version of the manifest that the asking silo trusts: acknowledges its keys.
  public var manifestVersion: Int64
  public var request: SyncRequestDocument

  public init(session: String, counter: Int64, manifestVersion: Int64, request: SyncRequestDocument) {
    self.session = session
    self.counter = counter
    self.manifestVersion = manifestVersion
    self.request = request
  }
}

extension PullRequest: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    session = try reader.field("session").label()
    counter = try reader.field("counter").decimal()
    manifestVersion = try reader.field("manifest_version").decimal()
    request = try SyncRequestDocument(try reader.field("request"))
  }

  public var json: JSONValue {
    [
      "session": .string(session), "counter": .decimal(counter), "manifest_version": .decimal(manifestVersion),
      "request": request.json,
    ]
  }
}
