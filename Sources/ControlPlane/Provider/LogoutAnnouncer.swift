internal import FoundationEssentials
internal import Logging
internal import Outbox
internal import ServiceLifecycle
internal import Silo
internal import Web

/// Tells third-party clients of logins that have ended, outside of any transaction: each is tried until the client took it, refused it for good, or a day
/// is over. A process that dies in between tells it twice, under one `jti`.
package struct LogoutAnnouncer: Service {
  private let environment: ControlEnvironment
  private let keys: IDTokenKeys

  package init(environment: ControlEnvironment, idTokenKeys: IDTokenKeys) {
    self.environment = environment
    keys = idTokenKeys
  }

  /// Notices taken at once, seconds for which they are this process's, and seconds between tries: doubling from the first to the last.
  private static let batch = 16
  private static let lease: Int64 = 60
  private static let firstPause: Int64 = 5
  private static let longestPause: Int64 = 3600
  private static let poll: Duration = .seconds(1)
  /// How long a client may take to answer.
  private static let patience: Duration = .seconds(10)

  package func run() async throws {
    await Rounds(pause: Self.poll, complaint: "notices of logouts wait", logger: environment.logger).run {
      try await pass() > 0
    }
  }

  /// Tries what is due; returns how many notices that were.
  package func pass() async throws -> Int {
    let claimed = try await environment.database.withConnection { control in
      try await LogoutNoticeStore.claim(
        now: environment.now(), lease: environment.after(Self.lease), limit: Self.batch, on: control)
    }
    // At once: a client that answers slowly holds up no other's.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for notice in claimed { group.addTask { try await deliver(notice) } }
      try await group.waitForAll()
    }
    return claimed.count
  }

  private func deliver(_ notice: LogoutNoticeStore.Claimed) async throws {
    if notice.expires > environment.now(), try await !isDone(notice) {
      let pause = min(Self.longestPause, Self.firstPause << min(10, max(0, notice.attempt - 1)))
      try await environment.database.withConnection {
        try await LogoutNoticeStore.putOff(notice.id, until: environment.after(pause), on: $0)
      }
      return
    }
    try await environment.database.withConnection { try await LogoutNoticeStore.remove(notice.id, on: $0) }
  }

  /// Whether there is nothing more to do: the client took it, or refused it for good.
  private func isDone(_ notice: LogoutNoticeStore.Claimed) async throws -> Bool {
    let key = try await environment.database.withConnection { try await keys.signing(on: $0) }
    let token = LogoutToken(
      issuer: environment.site.url, client: notice.client, user: notice.user, session: notice.session, id: notice.id,
      issuedAt: environment.seconds)
    guard let text = token.signed(by: key) else { throw ControlError(.noTokenKey) }
    var metadata: Logger.Metadata = ["client": "\(notice.client)", "attempt": "\(notice.attempt)"]
    do {
      let status = try await environment.outbound.post(
        notice.uri, form: [("logout_token", text)], timeout: Self.patience)
      if status == 200 || status == 204 { return true }
      metadata["status"] = "\(status)"
      environment.logger.warning("a client did not take a logout", metadata: metadata)
      return status == 400
    } catch let failure as OutboundFailure {
      metadata["error"] = "\(failure)"
      environment.logger.warning("a client was not told of a logout", metadata: metadata)
      return false
    }
  }
}
