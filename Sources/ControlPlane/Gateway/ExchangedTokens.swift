internal import Silo
internal import Synchronization

/// Access tokens that were made for sessions a moment ago: a page that asks ten things asks the database once. A session that ended is found out
/// after the few seconds for which one is kept, and by the region itself.
final class ExchangedTokens: Sendable {
  struct Key: Sendable, Hashable {
    let digest: [UInt8]
    let region: RegionNumber
    let organization: OrganizationID?
  }

  private struct Kept {
    let token: String
    let until: Int64
  }

  private let seconds: Int64
  private let maximum: Int
  private let kept = Mutex<[Key: Kept]>([:])

  init(limits: GatewayLimits) {
    seconds = limits.exchangeSeconds
    maximum = max(limits.exchanges, 1)
  }

  func token(_ key: Key, now: Int64) -> String? {
    kept.withLock { kept in kept[key].flatMap { now < $0.until ? $0.token : nil } }
  }

  func keep(_ token: String, for key: Key, now: Int64) {
    kept.withLock { kept in
      if kept.count >= maximum {
        kept = kept.filter { $0.value.until > now }
        if kept.count >= maximum { kept.removeAll(keepingCapacity: true) }
      }
      kept[key] = Kept(token: token, until: now + seconds)
    }
  }
}
