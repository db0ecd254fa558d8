import SyncProtocol

/// One process of a silo with its machines. Dies and comes back as another incarnation.
final class SimProcess {
  let silo: Int
  let index: Int
  /// Unique over all incarnations of all processes.
  var token: Int
  var isAlive = true
  var sequencer: SequencerMachine
  var senders: [SenderMachine]
  var receivers: [ReceiverMachine]
  var snapshots: [SnapshotMachine]
  var slots = SnapshotSlots(limit: 1, idle: 60, retry: 40)
  /// Whether a snapshot was found under way, and not begun, by this incarnation.
  var hasLooked: Set<Int> = []
  /// The number of the last wait of each machine: an older timer is void.
  var waits: [Int: Int] = [:]
  var serving: [SimExchange?]
  var queued: [[SimExchange]]

  init(
    silo: Int, index: Int, token: Int, sequencer: SequencerMachine, senders: [SenderMachine],
    receivers: [ReceiverMachine], snapshots: [SnapshotMachine]
  ) {
    self.silo = silo
    self.index = index
    self.token = token
    self.sequencer = sequencer
    self.senders = senders
    self.receivers = receivers
    self.snapshots = snapshots
    serving = Array(repeating: nil, count: senders.count)
    queued = Array(repeating: [], count: senders.count)
  }
}

/// A request on its way, and how its answer finds back.
struct SimExchange {
  let id: Int
  let request: SyncRequest
  /// The asking process and machine.
  let silo: Int
  let process: Int
  let token: Int
  let peer: Int
  let number: Int64
  /// When it began to be served.
  var servedAt: Int64 = 0
  var heldSince: Int64 = 0
}

/// A silo: its database, its processes, its backups.
final class SimSilo {
  let number: Int
  var database: SimPostgres
  var processes: [SimProcess] = []
  var backups: [SimPostgres] = []
  var restores = 0
  /// Storage refuses everything until this moment.
  var troubleUntil: Int64 = 0
  let skew: Int64
  /// The user epochs that the replica of a region last held.
  var epochs: [RowReference: Int] = [:]
  /// Where each whole transaction ended in the log, of the current lineage.
  var sequencedAt: [UInt64: Int64] = [:]
  /// The writes of whole transactions by position, of the current lineage.
  var deltas: [(position: Int64, order: Int, writes: [(row: RowReference, value: SimRow?)])] = []

  init(number: Int, database: SimPostgres, skew: Int64) {
    self.number = number
    self.database = database
    self.skew = skew
  }
}
