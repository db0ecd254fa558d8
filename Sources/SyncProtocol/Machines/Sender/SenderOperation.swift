/// What a sender asks of the source's database: operations 9 to 16 of the storage port. One is outstanding at a time.
public enum SenderOperation: Sendable, Hashable {
  /// 9. Read the sequencer's row, the epochs and the chain at some positions, in one snapshot. Answer: `log`.
  case readLog(receiver: SiloNumber, chainsAt: [Position])
  /// 10. A peer proved a history that this database does not know: start an epoch as in ``SequencerOperation/startEpoch(fence:atLeast:)``, whoever
  /// leads, under the lock of the sequencer's row, unless the current ordinal is already `atLeast` or more. Answer: `epochStarted`.
  case startEpoch(atLeast: Int32)
  /// 11. Keep the checked cursors as acknowledged and the NACKs for operators. Answer: `recorded`.
  case recordAcknowledgement(receiver: SiloNumber, cursors: [Lane: Cursor], nacks: [Nack])
  /// 12. Delete the receiver's interests that are `leaving` and whose leaving transaction `appliedBy` sees: the receiver has applied the removes.
  /// Rows kept only to find receivers of hard deletes may be pruned as well. If anything was deleted, `through` becomes the receiver's
  /// ``LogView/retained`` (if higher): a receiver that is restored to before it could not be told the removes any more. Answer: `finalized`.
  case finalizeExits(receiver: SiloNumber, appliedBy: TransactionSnapshot, through: Position)
  /// 13. For a receiver that cannot take snapshots: append pointers to everything that the receiver is entitled to, in one transaction, and return its id; the id of an earlier
  /// resynchronization of this receiver instead of a second one if none of its pointers can have a position yet: neither ``LogState/done`` nor an open
  /// cut's upper snapshot sees it. Others may stand before the start that the receiver is given. Answer: `resynchronizing`.
  case beginResync(receiver: SiloNumber)
  /// 14. Entries after `after` that concern lane and receiver: whole segments, until `limit` entries are found or the head is reached.
  /// Answer: `entries`.
  case readEntries(receiver: SiloNumber, lane: Lane, after: Position, limit: Int)
  /// 15. Read the receiver's entitled state. Answer: `rows`.
  case readRows(DeliveryQuery)
  /// 16. Read the receiver's entitled state for a bulk request in one REPEATABLE READ READ ONLY snapshot. Of a repair what is not there or not
  /// entitled is left out. Of a chunk: the keys that the kind's source names behind `after`, within the limits; a key that it names and does not
  /// read is an explicit remove (a membership that ended). Answer: a ``BulkAnswer``.
  case readBulk(receiver: SiloNumber, BulkRequest)
}
