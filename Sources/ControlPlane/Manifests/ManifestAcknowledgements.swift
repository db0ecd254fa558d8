internal import Outbox
internal import Silo
internal import Synchronization

/// Which manifest each region's agent believes; written down only when it changes.
final class ManifestAcknowledgements: Sendable {
  private struct Entry: Hashable {
    let session: String
    let version: Int64
  }

  private let environment: ControlEnvironment
  private let known = Mutex<[RegionNumber: Entry]>([:])

  init(environment: ControlEnvironment) { self.environment = environment }

  /// Notes what a request of `session` says.
  func note(_ version: Int64, by region: RegionNumber, session: String) async throws {
    let entry = Entry(session: session, version: version)
    guard known.withLock({ $0[region] }) != entry else { return }
    try await environment.database.withConnection {
      try await SigningKeyStore.acknowledge(version, by: region, session: session, on: $0)
    }
    known.withLock { $0[region] = entry }
  }
}
