package import SyncProtocol

/// What a silo knows about tokens for read-your-writes: whose they are, what they mean, and how to make one.
package protocol SyncTokenDesk: Sendable {
  /// Whether the token is for something that can arrive here; false for tokens of silos whose log never does.
  func concerns(_ token: SyncToken) -> Bool

  /// Whether the token's issuer made it.
  func isGenuine(_ token: SyncToken) async throws -> Bool

  /// Waits until everything is applied here, at most until `deadline`; false when something was not.
  func wait(for positions: [SyncPosition], until deadline: ContinuousClock.Instant) async throws -> Bool

  /// A token for what a request committed; nil before this silo's log has begun.
  func token(for written: WriteRecorder.Written) async throws -> SyncToken?
}
