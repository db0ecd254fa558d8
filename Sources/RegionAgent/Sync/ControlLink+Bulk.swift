internal import Outbox
package import SyncProtocol
internal import Web

extension ControlLink {
  /// Rows of control's beside the stream: the snapshot taker's exchange.
  ///
  /// - Throws: as ``pull(_:)``; ``SyncTransportFailure`` when control is too old to answer.
  package func bulk(_ request: BulkRequest, within limit: Duration) async throws -> BulkReply {
    if let pause = pause() { return .retry(after: pause) }
    let session = try await greeted()
    guard session.capabilities.contains(.snapshot) else {
      throw SyncTransportFailure(.malformed, "control serves no snapshots any more: upgrade it")
    }
    let message = BulkCall(session: session.session, counter: try counter.next(), request: request)
    let answer: BulkCallAnswer = try await watching(session.session) {
      try await client().call(SyncPath.bulk, message, timeout: limit).message()
    }
    let trusted = manifest
    return try answer.reply.open(key: { trusted.key($0) }, stream: .control, audience: identity.silo)
  }

  /// Rows of this region's that control asked for.
  ///
  /// - Returns: what control asks for next.
  package func push(_ reply: BulkReply) async throws -> BulkPushAnswer {
    let session = try await greeted()
    let message = BulkPush(
      session: session.session, counter: try counter.next(),
      reply: try BulkReplyDocument(sealing: reply, key: identity.streamKey))
    return try await watching(session.session) {
      try await client().call(
        SyncPath.bulkPush, message, compressed: session.capabilities.contains(.zlib), timeout: Self.callTimeout
      ).document()
    }
  }
}
