internal import FoundationEssentials
internal import NIOPosix
internal import Outbox
package import Silo
internal import Synchronization
internal import SyncProtocol

/// The RSA keys of ID tokens for third parties: made here, sealed at rest, published a day before they sign and until the last token has expired.
package final class IDTokenKeys: Sendable {
  private let environment: ControlEnvironment
  private let opened = Mutex<JWTSigningKey?>(nil)

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// Makes the first key if there is none. It signs at once: nobody holds an older key set.
  package func ensure() async throws {
    let keys = try await environment.database.withConnection { try await IDTokenKeyStore.all(on: $0) }
    if keys.isEmpty { try await add(.active, by: .system) }
  }

  /// Publishes the next key, which signs a day later; see ``maintain()``. False when one waits already.
  package func announceNext(by actor: AuditStore.Actor) async throws -> Bool {
    let keys = try await environment.database.withConnection { try await IDTokenKeyStore.all(on: $0) }
    guard !keys.isEmpty else {
      try await add(.active, by: actor)
      return true
    }
    guard !keys.contains(where: { $0.state == .next }) else { return false }
    return try await add(.next, by: actor)
  }

  /// Puts a fresh key in the place of all others at once: for a private key that somebody else may have. What the old ones signed verifies nowhere that
  /// fetches the set anew; clients that keep it believe them for ``ProviderLimits/keySetAge`` more.
  package func replaceAll(by actor: OperatorID) async throws {
    let key = try await made()
    try await environment.write { control in
      try await IDTokenKeyStore.forgetAll(on: control)
      guard
        try await IDTokenKeyStore.insert(
          key.kid, modulus: key.modulus, sealed: key.sealed, state: .active, at: environment.now(), on: control)
      else { throw ControlError(.rotationOpen, "Another process made a key at the same moment: ask again.") }
      try await AuditStore.append(.operator(actor), "id_token_key.emergency", key.kid, isAlarm: true, on: control)
    }
  }

  /// Promotes a key that was published long enough, makes the next one in time, and forgets one whose tokens have expired.
  package func maintain() async throws {
    let now = environment.now()
    let limits = environment.limits.provider
    let lastToken = Double(IDToken.lifetime + 2 * AccessToken.clockTolerance)
    let keys = try await environment.database.withConnection { try await IDTokenKeyStore.all(on: $0) }
    guard keys.contains(where: { $0.state != .active || now.timeIntervalSince($0.announced) > Double(limits.keyAge) })
    else { return }
    let isOld = try await environment.write { control in
      let ahead = now.addingTimeInterval(-Double(limits.keyAhead))
      if let kid = try await IDTokenKeyStore.promote(announcedBy: ahead, at: now, on: control) {
        try await AuditStore.append(.system, "id_token_key.promote", kid, on: control)
      }
      _ = try await IDTokenKeyStore.forget(retiredBefore: now.addingTimeInterval(-lastToken), on: control)
      let keys = try await IDTokenKeyStore.all(on: control)
      guard let active = keys.first(where: { $0.state == .active })?.activated else { return false }
      return now.timeIntervalSince(active) > Double(limits.keyAge) && !keys.contains { $0.state == .next }
    }
    if isOld { try await add(.next, by: .system) }
  }

  /// What `/oauth/jwks` publishes: keys that sign, signed or will sign.
  func published() async throws -> [JWTVerificationKey] {
    try await environment.database.withConnection { try await verification(on: $0) }
  }

  /// The keys that ID tokens of now are verified with.
  func verification(on control: ControlConnection) async throws -> [JWTVerificationKey] {
    try await IDTokenKeyStore.all(on: control).compactMap { key in
      Base64.decode(key.modulus).flatMap { JWTVerificationKey(modulus: $0, exponent: [1, 0, 1]) }
    }
  }

  /// The key that signs now.
  /// - Throws: ``ControlError/Code/noTokenKey`` when there is none or it does not open.
  func signing(on control: ControlConnection) async throws -> JWTSigningKey {
    guard let active = try await IDTokenKeyStore.all(on: control).first(where: { $0.state == .active }) else {
      throw ControlError(.noTokenKey)
    }
    if let known = opened.withLock({ $0 }), known.verificationKey.kid == active.kid { return known }
    let secret = try environment.secretKey.open(active.sealed, at: IDTokenKeyStore.place(active.kid))
    guard let key = JWTSigningKey(rsa: secret) else { throw ControlError(.noTokenKey) }
    opened.withLock { $0 = key }
    return key
  }

  /// False when another process was first.
  @discardableResult
  private func add(_ state: IDTokenKeyStore.State, by actor: AuditStore.Actor) async throws -> Bool {
    let key = try await made()
    return try await environment.write { control in
      let isNew = try await IDTokenKeyStore.insert(
        key.kid, modulus: key.modulus, sealed: key.sealed, state: state, at: environment.now(), on: control)
      if isNew { try await AuditStore.append(actor, "id_token_key.announce", key.kid, on: control) }
      return isNew
    }
  }

  private func made() async throws -> (kid: String, modulus: String, sealed: [UInt8]) {
    // A good part of a second of a processor: not on the pool that everything waits on.
    let made = try await NIOThreadPool.singleton.runIfActive { JWTSigningKey.generateRS256() }
    guard let key = made, case .string(let modulus)? = key.verificationKey.members["n"] else {
      throw ControlError(.noTokenKey)
    }
    let kid = key.verificationKey.kid
    return (kid, modulus, try environment.secretKey.seal(key.secret, at: IDTokenKeyStore.place(kid)))
  }
}
