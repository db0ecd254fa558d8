internal import FoundationEssentials
internal import Outbox
internal import Silo
package import SyncProtocol

/// Makes a migrated, empty database a control plane: its keys, manifest 1, the first token key and the first operator.
package enum ControlInit {
  /// - Parameters:
  ///   - primaryRoot: of purpose `root`; signs the manifest and is not stored.
  ///   - recoveryRoot: of purpose `recovery`; only its public half is used.
  ///   - development: marks the manifest: agents refuse it without consent.
  ///   - operatorToken: of the first operator. A caller that has kept one loses nothing by a crash after the commit.
  /// - Returns: the first operator's token, shown once, and the fingerprint that agents pin.
  /// - Throws: ``ControlError/Code/alreadyInitialized``
  package static func run(
    environment: ControlEnvironment, primaryRoot: SigningKey, recoveryRoot: SigningKey, development: Bool,
    operatorName: String = "first operator", operatorToken token: String = TokenFormat.operatorToken.mint()
  ) async throws -> (operatorToken: String, pin: String) {
    let control = try SigningKey(purpose: .control)
    let stream = try SigningKey(purpose: .stream)
    let forward = try SigningKey(purpose: .forward)
    let now = environment.seconds
    let manifest = Manifest(
      version: 1, issued: now, expires: now + Manifest.lifetimeSeconds, development: development,
      primaryRoot: primaryRoot.verificationKey, recoveryRoot: recoveryRoot.verificationKey,
      keys: [
        KnownKey(key: control.verificationKey, purpose: .control),
        KnownKey(key: stream.verificationKey, purpose: .stream),
        KnownKey(key: forward.verificationKey, purpose: .forward),
      ])
    guard let manifest else { throw ControlError(.notInitialized, "The two roots must be two keys.") }
    let signed = try SignedManifest(manifest, roots: [primaryRoot])
    let pin = primaryRoot.verificationKey.fingerprint
    guard let name = DisplayName(operatorName) else { throw ControlError(.nameInvalid) }
    let first: OperatorID = environment.identifiers.next()
    try await environment.write { connection in
      guard try await SigningKeyStore.manifest(on: connection) == nil else {
        throw ControlError(.alreadyInitialized, "This database is a control plane already.")
      }
      // First: of two runs at once, the second fails on version 1 and leaves nothing.
      try await SigningKeyStore.publish(
        version: 1, document: signed.bytes, rootFingerprint: pin, on: connection)
      for key in [control, stream, forward] {
        let sealed = try environment.secretKey.seal(key.seed, at: SigningKeyStore.place(key.keyid))
        try await SigningKeyStore.insert(
          key.verificationKey, purpose: key.purpose, sealed: sealed, state: .active, on: connection)
      }
      _ = try await OperatorStore.insert(
        first, name: name, role: .owner, digest: TokenFormat.digest(of: token), on: connection)
      try await AuditStore.append(.system, "control.init", pin, on: connection)
    }
    try await TokenKeys(environment: environment).makeFirst()
    return (token, pin)
  }
}
