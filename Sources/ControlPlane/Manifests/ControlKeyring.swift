internal import Logging
internal import Outbox
internal import Postgres
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

  /// Reads and opens the active keys; while the database is away, those that the file remembers.
  /// - Throws: ``ControlError/Code/notInitialized``, or ``SealingError`` when the secret key is another.
  package init(environment: ControlEnvironment) async throws {
    self.environment = environment
    keys = Mutex(try await Self.start(environment))
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
    let content = try await stored(environment)
    let keys = try open(content, environment.secretKey)
    remember(content, environment)
    return keys
  }

  /// For a start: what the file remembers while the database does not answer. ``refresh()`` follows once it does.
  private static func start(_ environment: ControlEnvironment) async throws -> Keys {
    do { return try await read(environment) } catch let error as PostgresError {
      guard StorageProblems.problem(error) != nil, let file = file(environment), let content = try file.read() else {
        throw error
      }
      environment.logger.warning("starting without the database", metadata: ["error": "\(error)"])
      return try open(content, environment.secretKey)
    }
  }

  private static func stored(_ environment: ControlEnvironment) async throws -> KeyringFile.Content {
    let (keys, manifest) = try await environment.database.withTransaction(.repeatableRead) { control in
      var keys: [KeyringFile.Content.Key] = []
      for purpose in [KeyPurpose.control, .stream, .forward] {
        guard let key = try await SigningKeyStore.active(purpose, on: control) else { continue }
        keys.append(KeyringFile.Content.Key(purpose: purpose, thumbprint: key.thumbprint, sealed: key.sealed))
      }
      return (keys, try await SigningKeyStore.manifest(on: control))
    }
    guard let manifest else { throw ControlError(.notInitialized, "Run `atoll control init` first.") }
    return KeyringFile.Content(keys: keys, manifest: manifest.document)
  }

  private static func open(_ content: KeyringFile.Content, _ secret: SecretKey) throws -> Keys {
    guard let control = content.key(.control), let stream = content.key(.stream) else {
      throw ControlError(.notInitialized, "Run `atoll control init` first.")
    }
    return Keys(
      control: try open(control, secret), stream: try open(stream, secret),
      forward: try content.key(.forward).map { try open($0, secret) },
      manifest: try Manifest(body: SignedManifest(bytes: content.manifest).content), document: content.manifest)
  }

  private static func open(_ key: KeyringFile.Content.Key, _ secret: SecretKey) throws -> SigningKey {
    let seed = try secret.open(key.sealed, at: SigningKeyStore.place(key.thumbprint))
    return try SigningKey(seed: seed, purpose: key.purpose)
  }

  private static func file(_ environment: ControlEnvironment) -> KeyringFile? {
    environment.keyringFile.map { KeyringFile(path: $0, secretKey: environment.secretKey) }
  }

  /// That it cannot be written costs nothing but a start without the database.
  private static func remember(_ content: KeyringFile.Content, _ environment: ControlEnvironment) {
    do { try file(environment)?.write(content) } catch {
      environment.logger.warning("the keyring's file is not written", metadata: ["error": "\(error)"])
    }
  }
}
