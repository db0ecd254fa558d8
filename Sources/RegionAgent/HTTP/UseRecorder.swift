internal import struct FoundationEssentials.Date
package import Outbox
package import Silo
internal import Synchronization

/// Collects which sessions and API tokens were used, and writes it now and then: a request does not wait for it, a crash loses seconds of it.
package final class UseRecorder: Sendable {
  /// Ids that are held at most between two writings; more are noted the next time they are used.
  private static let capacity = 10_000
  /// Seconds between two notes of one API token.
  private static let tokenPrecision: Int64 = 300

  private struct State {
    var sessions: Set<BrowserSessionID> = []
    var tokens: Set<APITokenID> = []
    var notedTokens: [APITokenID: Int64] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  func note(session: BrowserSessionID) {
    state.withLock { if $0.sessions.count < Self.capacity { $0.sessions.insert(session) } }
  }

  /// - Parameter now: seconds since 1970.
  func note(token: APITokenID, at now: Int64) {
    state.withLock { state in
      guard now - (state.notedTokens[token] ?? 0) >= Self.tokenPrecision, state.tokens.count < Self.capacity else {
        return
      }
      if state.notedTokens.count >= Self.capacity { state.notedTokens.removeAll() }
      state.notedTokens[token] = now
      state.tokens.insert(token)
    }
  }

  /// Writes what was collected.
  package func flush(now: Int64, to database: SiloDatabase<RegionSilo>) async throws {
    let (sessions, tokens) = state.withLock { state in
      defer {
        state.sessions = []
        state.tokens = []
      }
      return (Array(state.sessions), Array(state.tokens))
    }
    guard !sessions.isEmpty || !tokens.isEmpty else { return }
    try await database.withTransaction { connection in
      try await BrowserSessionStore.touch(
        sessions: sessions, tokens: tokens, now: Date(timeIntervalSince1970: Double(now)), on: connection)
    }
  }
}
