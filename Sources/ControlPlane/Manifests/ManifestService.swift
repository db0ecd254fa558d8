internal import FoundationEssentials
internal import Outbox
package import Silo
package import SyncProtocol

/// New manifests: control proposes, somebody who holds a root signs elsewhere, control publishes. The root never comes to the server.
///
/// A rotation announces new keys; they sign once every region that was heard of lately believes the manifest that lists them. A region that
/// comes back later than that fetches the manifest when it meets a key it does not know.
package struct ManifestService: Sendable {
  /// Regions not heard of for longer do not hold up a rotation, in seconds.
  package static let waitsForSeconds: Int64 = 30 * 86_400

  private let environment: ControlEnvironment
  private let keyring: ControlKeyring

  package init(environment: ControlEnvironment, keyring: ControlKeyring) {
    self.environment = environment
    self.keyring = keyring
  }

  /// What a proposal changes.
  package enum Change: String, Sendable, Hashable, CaseIterable {
    /// A later expiry, the same keys.
    case renew
    /// New keys beside the present ones, which sign until everybody knows the new ones.
    case rotate
    /// New keys at once; the present ones were stolen.
    case revoke
  }

  /// The manifest in force, with who has not taken it yet.
  package struct View: Sendable {
    package let manifest: Manifest
    package let signing: Set<String>
    package let waitingFor: [String]
  }

  package func view() async throws -> View {
    try await environment.database.withConnection { control in
      let manifest = try await current(on: control)
      let states = try await SigningKeyStore.states(on: control)
      return View(
        manifest: manifest, signing: Set(states.filter { $0.value.state == .active }.keys),
        waitingFor: try await waiting(for: manifest.version, on: control))
    }
  }

  /// The unsigned document of the next manifest. New keys are made and kept; a later proposal replaces them.
  /// - Throws: ``ControlError/Code/rotationOpen`` while announced keys do not sign yet.
  package func propose(_ change: Change, by asking: OperatorID) async throws -> Manifest {
    try await environment.database.withTransaction { control in
      try await SigningKeyStore.lockManifests(on: control)
      let current = try await current(on: control)
      let states = try await SigningKeyStore.states(on: control)
      let announced = Set(current.keys.map(\.key.thumbprint))
      guard !states.contains(where: { $0.value.state == .next && announced.contains($0.key) }) else {
        throw ControlError(.rotationOpen, "Wait until every region has taken manifest \(current.version).")
      }
      try await SigningKeyStore.forgetNext(on: control)
      var keys = current.keys.compactMap { Self.carried($0, change, states[$0.key.thumbprint]?.state) }
      if change != .renew {
        for purpose in [KeyPurpose.control, .stream, .forward] {
          keys.append(KnownKey(key: try await make(purpose, on: control), purpose: purpose))
        }
      }
      let now = environment.seconds
      let next = Manifest(
        version: current.version + 1, issued: now, expires: now + Manifest.lifetimeSeconds,
        development: current.development, primaryRoot: current.primaryRoot, recoveryRoot: current.recoveryRoot,
        keys: keys)
      guard let next else { throw ControlError(.manifestRefused, "The manifest in force cannot be continued.") }
      try await AuditStore.append(.operator(asking), "manifest.propose", "\(next.version)", on: control)
      return next
    }
  }

  /// Puts a signed manifest in force.
  /// - Throws: ``ControlError/Code/manifestRefused`` when no trusted root signed it or its keys are not control's.
  package func publish(_ document: [UInt8], by asking: OperatorID) async throws -> View {
    try await environment.database.withTransaction { control in
      try await SigningKeyStore.lockManifests(on: control)
      let current = try await current(on: control)
      let (manifest, root) = try Self.verified(document, after: current, now: environment.seconds)
      let states = try await SigningKeyStore.states(on: control)
      try Self.check(manifest, states)
      try await SigningKeyStore.publish(
        version: manifest.version, document: document, rootFingerprint: root, on: control)
      try await AuditStore.append(.operator(asking), "manifest.publish", "\(manifest.version)", on: control)
      for root in [manifest.primaryRoot, manifest.recoveryRoot]
      where root != current.primaryRoot && root != current.recoveryRoot {
        try await AuditStore.append(
          .operator(asking), "manifest.new_root", root.fingerprint, isAlarm: true, on: control)
      }
      let isRevoking = manifest.keys.contains {
        $0.state == .revoked && states[$0.key.thumbprint]?.state == .active
      }
      if isRevoking {
        try await SigningKeyStore.promote(on: control)
        try await AuditStore.append(
          .operator(asking), "manifest.revoke", "\(manifest.version)", isAlarm: true, on: control)
      }
    }
    try await keyring.refresh()
    return try await view()
  }

  /// Lets announced keys sign once nobody lacks them, and takes over what another process changed.
  package func maintain() async throws {
    try await keyring.refresh()
    let manifest = keyring.manifest
    let isPromoted = try await environment.database.withTransaction { control in
      let states = try await SigningKeyStore.states(on: control)
      let announced = manifest.keys.contains { states[$0.key.thumbprint]?.state == .next }
      guard announced, try await waiting(for: manifest.version, on: control).isEmpty else { return false }
      try await SigningKeyStore.lockManifests(on: control)
      try await SigningKeyStore.promote(on: control)
      try await AuditStore.append(.system, "manifest.promote", "\(manifest.version)", on: control)
      return true
    }
    if isPromoted { try await keyring.refresh() }
  }

  private func waiting(for version: Int64, on control: ControlConnection) async throws -> [String] {
    try await SigningKeyStore.regions(
      lacking: version, heardSince: environment.after(-Self.waitsForSeconds), on: control)
  }

  private func current(on control: ControlConnection) async throws -> Manifest {
    guard let stored = try await SigningKeyStore.manifest(on: control) else {
      throw ControlError(.notInitialized, "Run `atoll control init` first.")
    }
    return try Manifest(body: SignedManifest(bytes: stored.document).content)
  }

  private func make(_ purpose: KeyPurpose, on control: ControlConnection) async throws -> VerificationKey {
    let key = try SigningKey(purpose: purpose)
    let sealed = try environment.secretKey.seal(key.seed, at: SigningKeyStore.place(key.keyid))
    try await SigningKeyStore.insert(
      key.verificationKey, purpose: purpose, sealed: sealed, state: .next, on: control)
    return key.verificationKey
  }

  /// A key of the present manifest in the next one. A retired stream key stays for one more, so that what it sealed still proves something; revoked
  /// keys stay for ever.
  private static func carried(_ known: KnownKey, _ change: Change, _ state: SigningKeyStore.State?) -> KnownKey? {
    switch (known.state, state) {
    case (.revoked, _): known
    case (_, .active): change == .revoke ? KnownKey(key: known.key, purpose: known.purpose, state: .revoked) : known
    case (.active, .retired): KnownKey(key: known.key, purpose: known.purpose, state: .retired)
    case (.retired, _) where change == .renew: known
    default: nil
    }
  }

  private static func verified(
    _ document: [UInt8], after current: Manifest, now: Int64
  ) throws -> (Manifest, root: String) {
    do {
      let signed = try SignedManifest(bytes: document)
      let manifest = try signed.verify(
        trust: .previous(current), allowsDevelopment: current.development, now: now)
      guard manifest.version > current.version, manifest.development == current.development else {
        throw ControlError(.manifestRefused, "It is not the next manifest of this control plane.")
      }
      let signers = Set(signed.signatures.map(\.keyid))
      let root = signers.contains(manifest.primaryRoot.thumbprint) ? manifest.primaryRoot : manifest.recoveryRoot
      return (manifest, root.fingerprint)
    } catch let failure as ManifestFailure {
      throw ControlError(.manifestRefused, "\(failure.code.rawValue): \(failure.detail)")
    }
  }

  /// A manifest must list what signs now, and nothing that is not control's.
  private static func check(
    _ manifest: Manifest, _ states: [String: (purpose: KeyPurpose, state: SigningKeyStore.State)]
  ) throws {
    for known in manifest.keys where states[known.key.thumbprint]?.purpose != known.purpose {
      throw ControlError(.manifestRefused, "It lists a key that is not control's; propose again.")
    }
    for (thumbprint, key) in states where key.state == .active {
      guard let known = manifest.key(thumbprint), known.state == .active || known.state == .revoked else {
        throw ControlError(.manifestRefused, "It does not list the key that signs now; propose again.")
      }
      guard known.state == .active || manifest.keys.contains(where: { Self.succeeds($0, key.purpose, states) }) else {
        throw ControlError(.manifestRefused, "It revokes a key and lists no other for its purpose.")
      }
    }
  }

  private static func succeeds(
    _ known: KnownKey, _ purpose: KeyPurpose,
    _ states: [String: (purpose: KeyPurpose, state: SigningKeyStore.State)]
  ) -> Bool {
    known.purpose == purpose && known.state == .active && states[known.key.thumbprint]?.state == .next
  }
}
