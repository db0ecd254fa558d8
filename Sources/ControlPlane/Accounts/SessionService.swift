internal import Outbox
package import Silo

/// A person's sessions and profile.
package struct SessionService: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// The live sessions of a person, the newest first.
  package func list(of user: UserID) async throws -> [SessionStore.Listed] {
    let (now, limit) = (environment.now(), environment.limits.page)
    return try await environment.database.withConnection {
      try await SessionStore.list(of: user, now: now, limit: limit, on: $0)
    }
  }

  /// Ends one session of a person, and with it those that it opened in regions.
  /// - Throws: ``ControlError/Code/sessionUnknown`` unless it is theirs and live
  package func end(_ session: SessionID, of user: UserID) async throws {
    try await environment.write { control in
      guard try await SessionStore.end(session, of: user, now: environment.now(), on: control) else {
        throw ControlError(.sessionUnknown)
      }
      try await AuditStore.append(.user(user), "session.end", session.description, on: control)
    }
  }

  package func logOut(_ session: SessionStore.Session) async throws { try await end(session.id, of: session.user) }

  /// Ends every session and every credential of a person older than now, here and in every region.
  package func logOutEverywhere(_ session: SessionStore.Session) async throws {
    try await environment.write { control in
      _ = try await SessionRenewal(environment: environment).endAll(of: session.user, on: control)
      try await AuditStore.append(.user(session.user), "session.end_all", session.user.description, on: control)
    }
  }

  /// - Throws: ``ControlError/Code/nameInvalid``
  package func rename(_ user: UserID, to name: String) async throws {
    guard let name = DisplayName(name) else { throw ControlError(.nameInvalid) }
    try await environment.write { control in
      try await UserStore.setName(name, of: user, on: control)
      try await AuditStore.append(.user(user), "account.rename", user.description, on: control)
    }
  }
}
