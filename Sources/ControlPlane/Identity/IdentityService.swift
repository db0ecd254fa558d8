internal import FoundationEssentials
internal import Logging
internal import Outbox
package import Silo

/// Who a session's token belongs to.
package struct IdentityService: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// Seconds between two notes that a session is in use.
  private static let touchInterval = 60.0

  /// The live session of a token, or nil. No database is asked for what cannot be a token.
  package func session(token: String) async throws -> SessionStore.Session? {
    guard TokenFormat.session.recognizes(token) else { return nil }
    let now = environment.now()
    return try await environment.database.withConnection { control in
      let found = try await SessionStore.find(
        digest: TokenFormat.digest(of: token), now: now, idle: environment.limits.sessionIdle, on: control)
      if let found, now.timeIntervalSince(found.seen) > Self.touchInterval {
        // A database that takes no writes now, such as a full one, keeps nobody out.
        do { try await SessionStore.touch(found.id, now: now, on: control) } catch {
          environment.logger.debug("a session's use was not noted", metadata: ["error": "\(error)"])
        }
      }
      return found
    }
  }

  package func profile(_ user: UserID) async throws -> UserStore.Profile? {
    try await environment.database.withConnection { try await UserStore.profile(user, on: $0) }
  }
}
