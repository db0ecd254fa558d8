import SyncProtocol

/// A transaction of an application: locks and writes row by row, appending each pointer after its row is locked.
struct SimTransaction {
  /// What it wants to do; decided under the lock of its roots.
  enum Work: Hashable {
    case createUser(Int)
    case updateUser(Int)
    case raiseEpoch(Int)
    case deleteUser(Int)
    case grant(Int, region: Int)
    case endGrant(Int)
    case touchUsers([Int])
    case rotateKey(Int)
    /// An event for one silo.
    case emit(to: Int)
    // In regions.
    case reconcile
    case endMembership(Int)
    case updateOrganization(Int)
    case claimStrangers(grants: [Int], user: Int, region: Int)
  }

  /// One row to lock and change.
  struct Step {
    let row: RowReference
    /// The value, or nil to delete; given the committed row under its lock.
    let change: (SimRow?) -> SimRow?
    /// False when the row is only locked.
    let isWrite: Bool
  }

  let id: Int
  let work: Work
  var xid: UInt64 = 0
  var steps: [Step] = []
  var isDecided = false
  var next = 0
  var held: [RowReference] = []
  var writes: [(row: RowReference, value: SimRow?)] = []
  var pointers: [Pointer] = []
  var waits = 0
  /// Region-local notes that are not rows of the outbox: grants whose membership ended here.
  var endsLocally: [Int] = []
}
