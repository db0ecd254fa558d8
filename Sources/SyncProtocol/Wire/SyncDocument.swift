/// A message that is one JSON document, or the document part of one with a batch.
public protocol SyncDocument: Sendable {
  init(_ reader: JSONReader) throws(JSONError)
  var json: JSONValue { get }
}

extension SyncDocument {
  /// The body of ``SyncContentType/json``.
  public var body: [UInt8] { JSONWriter.write(json) }

  /// Parses the body of ``SyncContentType/json``.
  public init(body: [UInt8]) throws(JSONError) {
    let limits = JSONLimits(maximumBytes: WireLimits.maximumDocumentBytes, maximumDepth: WireLimits.maximumDepth)
    try self.init(JSONReader(try JSONParser.parse(body, limits: limits)))
  }
}
