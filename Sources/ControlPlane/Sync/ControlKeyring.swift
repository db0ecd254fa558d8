internal import Outbox
internal import Silo
package import SyncProtocol

/// Control's own keys of this process, opened once: what signs answers, what seals batches, and the manifest that announces both.
package struct ControlKeyring: Sendable {
  package let control: SigningKey
  package let stream: SigningKey
  package let manifestVersion: Int64
  /// As it is served.
  package let manifestDocument: [UInt8]

  /// Reads and opens the active keys.
  /// - Throws: ``ControlError/Code/notInitialized``, or ``SealingError`` when the secret key is another.
  package init(environment: ControlEnvironment) async throws {
    let stored = try await environment.database.withConnection { control in
      let keys = (
        control: try await SigningKeyStore.active(.control, on: control),
        stream: try await SigningKeyStore.active(.stream, on: control)
      )
      return (keys: keys, manifest: try await SigningKeyStore.manifest(on: control))
    }
    guard let signing = stored.keys.control, let sealing = stored.keys.stream, let manifest = stored.manifest else {
      throw ControlError(.notInitialized, "Run `atoll control init` first.")
    }
    control = try Self.open(signing, .control, environment.secretKey)
    stream = try Self.open(sealing, .stream, environment.secretKey)
    manifestVersion = manifest.version
    manifestDocument = manifest.document
  }

  /// What control knows about its own stream keys, to check proofs that regions bring back.
  func known(_ keyid: String) -> KnownKey? {
    keyid == stream.keyid ? KnownKey(key: stream.verificationKey, purpose: .stream) : nil
  }

  private static func open(
    _ stored: (thumbprint: String, sealed: [UInt8]), _ purpose: KeyPurpose, _ secret: SecretKey
  ) throws -> SigningKey {
    let seed = try secret.open(stored.sealed, at: SigningKeyStore.place(stored.thumbprint))
    return try SigningKey(seed: seed, purpose: purpose)
  }
}
