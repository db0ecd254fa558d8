internal import Outbox
internal import Silo

/// A person's sessions.
package struct SessionService: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  package func logOut(_ session: SessionStore.Session) async throws {
    try await environment.write { control in
      try await SessionStore.end(session.id, on: control)
      try await AuditStore.append(.user(session.user), "session.end", session.id.description, on: control)
    }
  }
}
