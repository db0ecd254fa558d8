internal import Outbox
package import Silo
package import SyncProtocol

/// Makes a control plane out of a migrated, empty database: control's keys, manifest 1, the first token key and the first operator.
///
/// Everything commits together or not at all. The roots stay with the caller; only what they signed is stored.
package struct ControlInitialization: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// - Parameters:
  ///   - operatorToken: of the first operator, who is an owner. The caller has kept it already, so a crash after the commit loses nothing.
  ///   - development: the roots lie unencrypted on this machine.
  /// - Throws: ``ControlError`` with `.alreadyInitialized` when the database has a manifest.
  package func run(
    primary: SigningKey, recovery: SigningKey, operatorToken: String, development: Bool
  ) async throws {
    guard let name = DisplayName("first operator"), TokenFormat.operatorToken.recognizes(operatorToken) else {
      throw ControlError(.nameInvalid)
    }
    let control = try SigningKey(purpose: .control)
    let stream = try SigningKey(purpose: .stream)
    let signed = try SignedManifest(
      try manifest(primary, recovery, keys: [control, stream], development: development), roots: [primary])
    let id: OperatorID = environment.identifiers.next()
    try await environment.database.withTransaction { database in
      guard try await SigningKeyStore.manifest(on: database) == nil else { throw ControlError(.alreadyInitialized) }
      for key in [control, stream] {
        let sealed = try environment.secretKey.seal(key.seed, at: SigningKeyStore.place(key.keyid))
        try await SigningKeyStore.insert(
          key.verificationKey, purpose: key.purpose, sealed: sealed, state: .active, on: database)
      }
      try await SigningKeyStore.publish(
        version: 1, document: signed.bytes, rootFingerprint: primary.verificationKey.fingerprint, on: database)
      _ = try await OperatorStore.insert(
        id, name: name, role: .owner, digest: TokenFormat.digest(of: operatorToken), on: database)
      try await AuditStore.append(.system, "control.init", id.description, on: database)
    }
    try await TokenKeys(environment: environment).makeFirst()
  }

  private func manifest(
    _ primary: SigningKey, _ recovery: SigningKey, keys: [SigningKey], development: Bool
  ) throws -> Manifest {
    let manifest = Manifest(
      version: 1, issued: environment.seconds, expires: environment.seconds + Manifest.lifetimeSeconds,
      development: development, primaryRoot: primary.verificationKey, recoveryRoot: recovery.verificationKey,
      keys: keys.map { KnownKey(key: $0.verificationKey, purpose: $0.purpose) })
    guard let manifest else { throw ControlError(.notInitialized, "the roots must be two different keys") }
    return manifest
  }
}
