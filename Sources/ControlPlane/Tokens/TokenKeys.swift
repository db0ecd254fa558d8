internal import FoundationEssentials
internal import Logging
internal import Outbox
internal import Silo
internal import Synchronization

/// The keys of access tokens: made here, sealed at rest, announced to every region before they sign.
package final class TokenKeys: Sendable {
  private let environment: ControlEnvironment
  private let opened = Mutex<(kid: String, key: TokenSigningKey)?>(nil)

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// Makes the first key, which signs at once: no region exists that could lack it.
  package func makeFirst() async throws {
    try await environment.write { control in
      guard try await TokenKeyStore.active(on: control) == nil else { return }
      try await add(.active, by: .system, on: control)
    }
  }

  /// Announces a new key. It signs once every active region has applied the announcement, see ``maintain()``.
  package func announceNext(by actor: AuditStore.Actor) async throws {
    try await environment.write { control in
      guard try await !TokenKeyStore.states(on: control).values.contains(.next) else { return }
      try await add(.next, by: actor, on: control)
    }
  }

  /// Promotes an announced key that everybody has, and forgets one whose tokens have all expired.
  package func maintain() async throws {
    let now = environment.now()
    let lastToken = Double(AccessToken.longestLifetime + 2 * AccessToken.clockTolerance)
    try await environment.write { control in
      if let kid = try await TokenKeyStore.promote(at: now, on: control) {
        try await AuditStore.append(.system, "token_key.promote", kid, on: control)
      }
      _ = try await TokenKeyStore.forget(retiredBefore: now.addingTimeInterval(-lastToken), on: control)
    }
  }

  /// The key that signs now, or nil when there is none or it does not open.
  func signing(on control: ControlConnection) async throws -> TokenSigningKey? {
    guard let active = try await TokenKeyStore.active(on: control) else { return nil }
    if let known = opened.withLock({ $0 }), known.kid == active.kid { return known.key }
    let bytes = try environment.secretKey.open(active.sealed, at: TokenKeyStore.place(active.kid))
    guard let key = TokenSigningKey(bytes: bytes) else { return nil }
    opened.withLock { $0 = (active.kid, key) }
    return key
  }

  private func add(
    _ state: TokenKeyStore.State, by actor: AuditStore.Actor, on control: ControlConnection
  ) async throws {
    guard let key = TokenSigningKey.generate() else { throw ControlError(.noTokenKey) }
    let kid = key.verificationKey.kid
    let sealed = try environment.secretKey.seal(key.bytes, at: TokenKeyStore.place(kid))
    try await TokenKeyStore.insert(key.verificationKey, state: state, sealed: sealed, on: control)
    try await AuditStore.append(actor, "token_key.announce", kid, on: control)
  }
}
