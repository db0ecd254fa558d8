internal import Outbox
package import Silo

/// Operators: who they are, what they may do, and the trail they leave.
package struct OperatorService: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// The operator of a token, or nil. No database is asked for what cannot be a token.
  package func find(token: String) async throws -> OperatorStore.Operator? {
    guard TokenFormat.operatorToken.recognizes(token) else { return nil }
    return try await environment.database.withConnection {
      try await OperatorStore.find(digest: TokenFormat.digest(of: token), on: $0)
    }
  }

  /// Adds an operator and returns the token, which is shown once.
  /// - Throws: ``ControlError`` when the name is unusable or taken.
  package func add(
    name: String, role: OperatorRole, by creator: AuditStore.Actor
  ) async throws -> (id: OperatorID, token: String) {
    guard let name = DisplayName(name) else { throw ControlError(.nameInvalid) }
    let id: OperatorID = environment.identifiers.next()
    let token = TokenFormat.operatorToken.mint()
    try await environment.write { control in
      guard
        try await OperatorStore.insert(id, name: name, role: role, digest: TokenFormat.digest(of: token), on: control)
      else { throw ControlError(.operatorTaken) }
      try await AuditStore.append(creator, "operator.add", id.description, on: control)
    }
    return (id, token)
  }

  /// A page of the trail, the newest first, and the id that the next page begins before; nil at the end.
  package func audit(before: Int64?) async throws -> (entries: [AuditStore.Entry], next: Int64?) {
    let limit = environment.limits.page
    let entries = try await environment.database.withConnection {
      try await AuditStore.newest(limit, before: before, on: $0)
    }
    return (entries, entries.count < limit ? nil : entries.last?.id)
  }

  /// Suspends a person or lets one act again. Ends every older credential either way.
  package func setStatus(_ status: UserStatus, of user: UserID, by actor: OperatorID) async throws -> Bool {
    try await environment.write { control in
      guard try await UserStore.setStatus(status, of: user, on: control) else { return false }
      // The epoch ended them; noted at each, so that whoever waits to hear of their end does.
      try await SessionStore.endAll(of: user, now: environment.now(), on: control)
      try await AuditStore.append(.operator(actor), "user.\(status.rawValue)", user.description, on: control)
      return true
    }
  }
}
