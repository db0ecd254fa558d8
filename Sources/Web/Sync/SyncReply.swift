package import SyncProtocol

/// What a sync route answers, before it is signed.
package struct SyncReply: Sendable {
  package let status: Int
  package let contentType: SyncContentType
  package let body: [UInt8]

  package init(status: Int = 200, contentType: SyncContentType, body: [UInt8]) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  package init(_ document: some SyncDocument) {
    self.init(contentType: .json, body: document.body)
  }

  /// - Parameter compressed: whether the session negotiated ``Capability/zlib``.
  package init(_ message: some SyncMessage, compressed: Bool) throws {
    let (bytes, contentType) = try message.body(compressed: compressed)
    self.init(contentType: contentType, body: bytes)
  }

  package init(_ problem: SyncProblem) {
    self.init(status: problem.code.status, contentType: .problem, body: problem.body)
  }
}
