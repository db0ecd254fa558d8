import Silo
import SyncProtocol

/// A revision of a flag on its way through the rings, as control's database knows it.
struct SimRollout: Hashable {
  /// In the field `number` of a row: a value that the regions' tables refuse.
  static let poison = -7

  /// A region that was given the revision.
  struct Watch: Hashable {
    let wasLive: Bool
    let given: Int64
    let xid: UInt64
    /// Who is past it has applied or refused what was given; nil until sequenced.
    var position: Int64?
    /// The resynchronization by pointers that the region's cursor belongs to.
    var resync: UInt64?
    var applied: Int64?
    var isExcused = false
  }

  let revision: Int
  let isPoison: Bool
  var state = RolloutState.running
  /// The rings that it reached, and the log as it was then.
  var stages: [Int: RowVersion] = [:]
  var watch: [Int: Watch] = [:]
}

extension SimPostgres {
  /// Points a ring at a revision of a flag, or at nothing, in a transaction of its own.
  mutating func release(_ flag: Int, ring: Int, revision: Int?, isPoison: Bool, token: Int, time: Int64) -> UInt64 {
    let id = assignTransaction()
    let reference = SimKind.release(ring, flag)
    var row = SimRow(token: token, user: revision ?? 0, number: isPoison ? SimRollout.poison : 0)
    if revision == nil { row.state = .ended }
    let pointer = append(reference, xid: id)
    commit(xid: id, writes: [(reference, row)], pointers: [pointer], time: time)
    return id
  }

  /// A log that began another life: nobody knows how rollouts went on.
  mutating func haltRollouts() {
    for flag in rollouts.keys.sorted() where rollouts[flag]?.state == .running { rollouts[flag]?.state = .halted }
  }

  /// Notes where pointers came to stand, and who is past them.
  mutating func noteProgress(of flag: Int, time: Int64) {
    guard var rollout = rollouts[flag] else { return }
    for region in rollout.watch.keys.sorted() {
      guard var watch = rollout.watch[region], let silo = SiloNumber(region) else { continue }
      if resyncs[silo] != watch.resync {
        watch.resync = resyncs[silo]
        watch.position = nil
        watch.applied = nil
      }
      let isCarried = state.carries.contains { $0.transaction == watch.xid || $0.transaction == watch.resync }
      if watch.position == nil, !isCarried, state.done.sees(watch.xid),
        watch.resync.map({ state.done.sees($0) }) ?? true
      {
        watch.position = state.head.value
      }
      if watch.applied == nil, let position = watch.position, let cursor = acknowledged[silo]?[.main],
        cursor.epoch == state.epoch, cursor.position.value >= position, refilling[silo] != true
      {
        watch.applied = time
      }
      rollout.watch[region] = watch
    }
    rollouts[flag] = rollout
  }
}
