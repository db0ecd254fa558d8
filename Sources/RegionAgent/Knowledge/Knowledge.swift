package import struct FoundationEssentials.UUID
package import Outbox
package import Silo
internal import Synchronization
internal import Web

/// An in-process copy of the rows that decisions rest on: who a credential names, status, epoch, membership, policy, freshness, homes and
/// project keys. Decisions themselves are never kept: they are made anew from these rows at every request.
///
/// The transaction that changes a row announces it (region.tell_changes), whoever commits it: apply, this process, another agent, an operator at a prompt. What is
/// kept is used only while the listener has heard everything announced up to ``bound`` ago; otherwise, and with a database that does not
/// answer, every request reads the database, and fails where that fails.
package final class Knowledge: AccessRecords, Sendable {
  /// How old what is used may be.
  package static let bound = Duration.milliseconds(100)

  enum Key: Hashable, Sendable {
    case session([UInt8])
    case apiToken([UInt8])
    case accessToken([UInt8])
    case end(UUID)
    case facts(UserID, OrganizationReference)
    case home(OrganizationID)
    case projectKey(String)
  }

  enum Value: Sendable {
    case session(StoredSession)
    case apiToken(StoredAPIToken)
    case accessToken(AccessToken)
    /// Whether a session at control, or a family of tokens, has ended.
    case end(Bool)
    case facts(AccessFacts)
    case home(OrganizationHome)
    case projectKey(IngestTarget)
  }

  private struct State {
    var copy = KnowledgeCopy<Key, Value>()
    /// Until when what is kept may be used.
    var good = ContinuousClock.now
    var completeAsOf: Int64?
    var used = ContinuousClock.now - .seconds(3600)
    /// How often the copy answered, and the database.
    var hits: Int64 = 0
    var misses: Int64 = 0
  }

  private let database: SiloDatabase<RegionSilo>
  private let state = Mutex(State())

  package init(database: SiloDatabase<RegionSilo>) { self.database = database }

  /// How often the copy answered, and the database.
  package var counts: (hits: Int64, misses: Int64) { state.withLock { ($0.hits, $0.misses) } }

  package func session(_ digest: [UInt8]) async throws -> StoredSession? {
    if case .session(let session)? = kept(.session(digest)) { return session }
    return try await read(.session(digest)) { connection in
      try await CredentialStore.session(digest, on: connection).map { session in
        // A login under way waits for control's session and must not miss it.
        (session, session.isLiveAtControl ? .session(session) : nil, ["s\(session.id)", "c\(session.controlSession)"])
      }
    }
  }

  package func apiToken(_ digest: [UInt8]) async throws -> StoredAPIToken? {
    if case .apiToken(let token)? = kept(.apiToken(digest)) { return token }
    return try await read(.apiToken(digest)) { connection in
      try await CredentialStore.apiToken(digest, on: connection).map { ($0, .apiToken($0), ["t\($0.id)"]) }
    }
  }

  /// Keeps that the signature is good until the token expires, or the keys change.
  package func accessToken(_ text: String, region: RegionName, now: Int64) async throws -> AccessToken {
    let key = Key.accessToken(TokenFormat.digest(of: text))
    if case .accessToken(let token)? = kept(key), now < token.expiresAt + AccessToken.clockTolerance { return token }
    let token = try await read(key) { connection in
      let keys = try await TokenKeyStore.usable(on: connection)
      let token = try DatabaseRecords.verify(text, by: keys, region: region, now: now)
      return (token, .accessToken(token), ["k"])
    }
    guard let token else { throw Problem.unauthenticated }
    return token
  }

  /// Unlike other rows this one is kept also while it is not here: its arrival is announced.
  package func hasEnded(_ basis: UUID) async throws -> Bool {
    let key = Key.end(basis)
    if case .end(let hasEnded)? = kept(key) { return hasEnded }
    return try await read(key) { connection in
      let hasEnded = try await CredentialStore.hasEnded(basis, on: connection)
      return (hasEnded, .end(hasEnded), ["c\(basis.uuidString.lowercased())"])
    } ?? true
  }

  /// Only what allows something is kept: whoever waits for a row to arrive reads the database each time.
  package func facts(user: UserID, organization: OrganizationReference) async throws -> AccessFacts {
    if case .facts(var facts)? = kept(.facts(user, organization)) {
      facts.completeAsOf = state.withLock { $0.completeAsOf }
      return facts
    }
    let ticket = state.withLock { $0.copy.begin() }
    let facts = try await database.withConnection {
      try await AccessStore.facts(user: user, organization: organization, on: $0)
    }
    if facts.userArrived, facts.status != nil, facts.membership != nil, let found = facts.organization {
      state.withLock {
        $0.copy.keep(.facts(facts), for: .facts(user, organization), of: ["u\(user)", "o\(found.id)"], read: ticket)
      }
    }
    return facts
  }

  /// Where an organization lives; nil when it is not here, which is never kept.
  package func home(of organization: OrganizationID) async throws -> OrganizationHome? {
    let key = Key.home(organization)
    if case .home(let home)? = kept(key) { return home }
    return try await read(key) { connection in
      try await HomeStore.home(of: organization, on: connection).map { home in
        // The arrival of what is announced tells nobody.
        (home, home.state == .provisioned ? .home(home) : nil, ["o\(organization)"])
      }
    }
  }

  /// What a public key stands for; nil when it is none of this region's.
  package func ingestTarget(_ publicKey: String) async throws -> IngestTarget? {
    let key = Key.projectKey(publicKey)
    if case .projectKey(let target)? = kept(key) { return target }
    return try await read(key) { connection in
      try await HomeStore.ingestTarget(publicKey, on: connection).map { target in
        (target, .projectKey(target), ["p\(target.key)", "o\(target.organization)"])
      }
    }
  }

  /// A commit of this process changed a row: nobody shall wait for the announcement.
  package func hear(_ subject: String) { state.withLock { $0.copy.hear(subject) } }

  // MARK: The listener's side

  /// Everything announced before `moment` has been heard.
  func heard(before moment: ContinuousClock.Instant, completeAsOf: Int64?) {
    state.withLock { state in
      state.good = moment + Self.bound
      state.completeAsOf = completeAsOf
    }
  }

  /// The announcements were interrupted: nothing that is kept can be trusted.
  func lost() {
    state.withLock { state in
      state.good = .now
      state.copy.hear("*")
    }
  }

  /// When somebody would have used the copy last.
  var lastUse: ContinuousClock.Instant { state.withLock { $0.used } }

  // MARK: Reading

  private func kept(_ key: Key) -> Value? {
    let now = ContinuousClock.now
    return state.withLock { state in
      state.used = now
      guard now < state.good, let value = state.copy[key] else {
        state.misses += 1
        return nil
      }
      state.hits += 1
      return value
    }
  }

  private func read<Result>(
    _ key: Key, _ body: (RegionConnection) async throws -> (Result, Value?, subjects: [String])?
  ) async throws -> Result? {
    let ticket = state.withLock { $0.copy.begin() }
    guard let (result, value, subjects) = try await database.withConnection(body) else { return nil }
    if let value { state.withLock { $0.copy.keep(value, for: key, of: subjects, read: ticket) } }
    return result
  }
}
