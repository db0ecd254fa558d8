internal import Outbox
internal import Silo

/// Deletes accounts: the person ends, their organizations do not.
package struct AccountDeletion: Sendable {
  private let environment: ControlEnvironment
  private let passwords: PasswordCheck
  private let postbox: Postbox

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    passwords = PasswordCheck(environment: environment, hasher: hasher)
    postbox = Postbox(environment: environment)
  }

  /// Ends every session, credential and membership, and erases what is known of the person. Ids stay: in the audit trail, and so that none is given
  /// twice.
  /// - Parameter code: of the second factor, if the person has one.
  /// - Throws: ``ControlError/Code/soleOwner`` for somebody without whom an organization has no owner, ``ControlError/Code/passwordWrong``,
  ///   ``ControlError/Code/codeInvalid``
  package func delete(_ session: SessionStore.Session, password: String, code: String?) async throws {
    try await passwords.require(password, of: session.user)
    let hasFactor = try await environment.database.withConnection { try await TOTPStore.isOn(session.user, on: $0) }
    if hasFactor { try await passwords.requireCode(code ?? "", of: session.user) }
    try await postbox.write { control in
      guard try await UserStore.lock(session.user, on: control) == session.epoch,
        let profile = try await UserStore.profile(session.user, on: control)
      else { throw ControlError(.credentialsInvalid) }
      let alone = try await AccountStore.ownedAlone(by: session.user, on: control)
      guard alone.isEmpty else {
        throw ControlError(
          .soleOwner,
          "Nobody else owns \(alone.joined(separator: ", ")): make somebody else an owner, or delete it, first.")
      }
      _ = try await UserStore.setStatus(.deleted, of: session.user, on: control)
      _ = try await SessionRenewal(environment: environment).endAll(of: session.user, on: control)
      try await AccountStore.sayFarewell(to: session.user, on: control)
      try await AccountStore.endMemberships(of: session.user, on: control)
      try await AccountStore.erase(session.user, on: control)
      try await AuditStore.append(.user(session.user), "account.delete", session.user.description, on: control)
      try await postbox.put(
        .accountDeleted(at: environment.site), to: try EmailAddress(profile.email),
        lifetime: environment.limits.noticeLifetime, on: control)
    }
  }
}
