internal import Outbox
package import Silo

/// The third-party clients that people let in.
package struct Applications: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  package func list(of user: UserID) async throws -> [ConsentStore.Consent] {
    let limit = environment.limits.page
    return try await environment.database.withConnection { try await ConsentStore.list(of: user, limit: limit, on: $0) }
  }

  /// Takes consent back: every token of the client for the person ends now, in regions as soon as they hear of it.
  /// - Throws: ``ControlError/Code/clientUnknown``
  package func withdraw(_ client: String, of user: UserID) async throws {
    try await environment.write { control in
      guard try await ConsentStore.withdraw(client, of: user, at: environment.now(), on: control) else {
        throw ControlError(.clientUnknown)
      }
      try await AuditStore.append(.user(user), "oauth.withdraw", client, on: control)
    }
  }
}
