internal import Logging
internal import Outbox
internal import Silo
internal import SyncProtocol
internal import Web

/// The exchanges beside the streams: a region asks for chunks of control's rows, and brings the chunks of its own that control asked for.
struct BulkExchange: Sendable {
  let environment: ControlEnvironment
  let keyring: ControlKeyring
  let registry: KindRegistry
  let sender: BulkSender
  let admission: Admission

  /// Rows that a region may hold now, sealed for it.
  func read(_ call: SyncCall, _ bulk: BulkCall) async throws -> SyncReply {
    let peer = try await admission.admit(call.accepted, session: bulk.session, counter: bulk.counter, path: "bulk")
    guard bulk.request.stream == .control else {
      throw SyncProblem(.badMessage, "Control answers for its own stream.")
    }
    guard sender.understands(bulk.request) else {
      throw SyncProblem(.badMessage, "A key that is asked for can be none of its kind.")
    }
    let reply = try await sender.answer(bulk.request, for: peer.silo)
    guard try await admission.isLive(peer, session: bulk.session) else { throw Admission.fenced }
    return try SyncReply(
      BulkCallAnswer(reply: try BulkReplyDocument(sealing: reply, key: keyring.stream)), compressed: peer.compresses)
  }

  /// Applies rows of a region's own, and says what is wanted next.
  func take(_ call: SyncCall, _ push: BulkPush) async throws -> SyncReply {
    let peer = try await admission.admit(call.accepted, session: push.session, counter: push.counter, path: "bulk-push")
    let keys = try await environment.database.withConnection {
      try await RegionKeyStore.known(peer.region, purpose: .stream, on: $0)
    }
    let reply = try push.reply.open(key: { keys[$0] }, stream: peer.silo, audience: .control)
    let snapshot = snapshot(of: peer)
    do {
      let next = try await snapshot.receive(reply)
      environment.doorbell.ring()
      return SyncReply(BulkPushAnswer(bulk: next))
    } catch let fault as SnapshotFault {
      environment.logger.warning(
        "a chunk was refused", metadata: ["sync.region": "\(peer.number)", "sync.fault": "\(fault.rawValue)"])
      return SyncReply(BulkPushAnswer(bulk: try await snapshot.next(), fault: fault.rawValue))
    }
  }

  /// What control lacks of a region's rows and asks for beside its cursors.
  func wanted(of peer: Peer, _ request: SyncRequest) async throws -> BulkRequest? {
    guard request.snapshots == .running else { return nil }
    return try await snapshot(of: peer).next()
  }

  private func snapshot(of peer: Peer) -> PushSnapshot {
    PushSnapshot(client: environment.database.client, stream: peer.silo, audience: .control, registry: registry)
  }
}
