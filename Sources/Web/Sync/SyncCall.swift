package import SyncProtocol

/// A verified request of a sync route.
package struct SyncCall: Sendable {
  package let accepted: AcceptedRequest
  package let contentType: String
  package let body: [UInt8]

  package init(accepted: AcceptedRequest, contentType: String, body: [UInt8]) {
    self.accepted = accepted
    self.contentType = contentType
    self.body = body
  }

  /// The body as a plain document.
  ///
  /// - Throws: ``WireError`` for another content type, ``JSONError`` for another shape.
  package func document<Document: SyncDocument>(_ type: Document.Type = Document.self) throws -> Document {
    guard contentType == SyncContentType.json.rawValue else {
      throw WireError(.contentType, "this message is \(SyncContentType.json.rawValue)")
    }
    return try Document(body: body)
  }

  /// The body as a message that may hold a batch.
  package func message<Message: SyncMessage>(_ type: Message.Type = Message.self) throws -> Message {
    try Message(body: body, contentType: contentType)
  }
}
