/// A message with the content of a batch: one line of JSON, a line feed, and the bytes that the seal's digest is of.
public protocol SyncMessage: Sendable {
  init(_ reader: JSONReader, content: [UInt8]) throws(JSONError)
  var json: JSONValue { get }
  var content: [UInt8] { get }
}

extension SyncMessage {
  /// The body as the peer wants it, and its content type.
  ///
  /// - Parameter compressed: whether both sides have ``Capability/zlib``. Short bodies stay as they are.
  public func body(compressed: Bool) throws(WireError) -> (bytes: [UInt8], contentType: SyncContentType) {
    var bytes = JSONWriter.write(json)
    bytes.append(0x0A)
    bytes.append(contentsOf: content)
    let isCompressed = compressed && bytes.count >= 1024
    if isCompressed { bytes = try Zlib.deflate(bytes) }
    guard bytes.count <= WireLimits.maximumBodyBytes else { throw WireError(.tooLarge, "the body") }
    return (bytes, isCompressed ? .compressedMessage : .message)
  }

  /// Parses a body whose digest has been verified.
  public init(body: [UInt8], contentType: String) throws(WireError) {
    guard body.count <= WireLimits.maximumBodyBytes else { throw WireError(.tooLarge, "the body") }
    let bytes: [UInt8]
    switch SyncContentType(rawValue: contentType) {
    case .message: bytes = body
    case .compressedMessage: bytes = try Zlib.inflate(body, maximumBytes: WireLimits.maximumInflatedBytes)
    default: throw WireError(.contentType, "a message with a batch is \(SyncContentType.message.rawValue)[+zlib]")
    }
    guard let end = bytes.firstIndex(of: 0x0A) else { throw WireError(.framing, "no line feed ends the document") }
    let limits = JSONLimits(maximumBytes: WireLimits.maximumDocumentBytes, maximumDepth: WireLimits.maximumDepth)
    do throws(JSONError) {
      let document = try JSONParser.parse(Array(bytes[..<end]), limits: limits)
      try self.init(JSONReader(document), content: Array(bytes[(end + 1)...]))
    } catch {
      throw WireError(error)
    }
  }
}
