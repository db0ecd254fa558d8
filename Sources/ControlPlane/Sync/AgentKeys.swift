internal import Silo
internal import Synchronization
internal import SyncProtocol

/// Keys of agents seen by this process. A thumbprint is one key of one region for ever, so this never goes stale; whether the key opens anything is
/// asked in the transaction that admits a request.
final class AgentKeys: Sendable {
  struct Known: Sendable {
    let key: KnownKey
    let region: RegionNumber
  }

  /// Twice the regions there can be; beyond it all are forgotten and found again.
  private static let maximum = 8192

  private let known = Mutex<[String: Known]>([:])

  subscript(_ keyid: String) -> Known? { known.withLock { $0[keyid] } }

  func keep(_ entry: Known) {
    known.withLock { known in
      if known.count >= Self.maximum { known.removeAll() }
      known[entry.key.key.thumbprint] = entry
    }
  }
}
