internal import Postgres
internal import Outbox
internal import Silo
package import SyncProtocol
internal import Synchronization

/// Control's own Ed25519 keys as this process uses them: what signs answers, what seals batches, what signs routing, and the manifest that
/// announces them.
///
/// A rotation changes them in the database; ``refresh()`` takes them over in every process, so nobody restarts.
package final class ControlKeyring: Sendable {
  private struct Keys: Sendable {
    let control: SigningKey
    let stream: SigningKey
    /// Nil until a manifest lists one: a control plane of before has none.
    let forward: SigningKey?
    let manifest: Manifest
    /// As it is served.
    let document: [UInt8]
  }

  private let environment: ControlEnvironment
  private let keys: Mutex<Keys>

  /// Reads and opens the active keys.
  /// - Throws: ``ControlError/Code/notInitialized``, or ``SealingError`` when the secret key is another.
  package init(environment: ControlEnvironment) async throws {
    self.environment = environment
    keys = Mutex(try await Self.read(environment))
  }

  package var control: SigningKey { keys.withLock { $0.control } }
  package var stream: SigningKey { keys.withLock { $0.stream } }
  /// What signs the gateway's routing; nil until a manifest lists a key for it.
  package var forward: SigningKey? { keys.withLock { $0.forward } }
  package var manifest: Manifest { keys.withLock { $0.manifest } }
  package var manifestVersion: Int64 { manifest.version }
  /// As it is served.
  package var manifestDocument: [UInt8] { keys.withLock { $0.document } }

  /// Takes over what an operator or another process changed; costs one small query when nothing did.
  package func refresh() async throws {
    let inForce = try await environment.database.withConnection { try await SigningKeyStore.inForce(on: $0) }
    let isCurrent = keys.withLock {
      inForce
        == .init(
          version: $0.manifest.version, control: $0.control.keyid, stream: $0.stream.keyid, forward: $0.forward?.keyid)
    }
    guard !isCurrent else { return }
    let read = try await Self.read(environment)
    keys.withLock { $0 = read }
  }

  /// What control knows about its own stream keys, to check proofs that regions bring back.
  func known(_ keyid: String) -> KnownKey? {
    let key = manifest.key(keyid)
    return key?.purpose == .stream ? key : nil
  }

  private static func read(_ environment: ControlEnvironment) async throws -> Keys {
    let stored = try await environment.database.withTransaction(.repeatableRead) { control in
      let keys = (
        control: try await SigningKeyStore.active(.control, on: control),
        stream: try await SigningKeyStore.active(.stream, on: control),
        forward: try await SigningKeyStore.active(.forward, on: control)
      )
      return (keys: keys, manifest: try await SigningKeyStore.manifest(on: control))
    }
    guard let signing = stored.keys.control, let sealing = stored.keys.stream, let manifest = stored.manifest else {
      throw ControlError(.notInitialized, "Run `atoll control init` first.")
    }
    return Keys(
      control: try open(signing, .control, environment.secretKey),
      stream: try open(sealing, .stream, environment.secretKey),
      forward: try stored.keys.forward.map { try open($0, .forward, environment.secretKey) },
      manifest: try Manifest(body: SignedManifest(bytes: manifest.document).content), document: manifest.document)
  }

  private static func open(
    _ stored: (thumbprint: String, sealed: [UInt8]), _ purpose: KeyPurpose, _ secret: SecretKey
  ) throws -> SigningKey {
    let seed = try secret.open(stored.sealed, at: SigningKeyStore.place(stored.thumbprint))
    return try SigningKey(seed: seed, purpose: purpose)
  }
}
