/// What the sequencer asks of the source's database: operations 1 to 8 of the storage port. One is outstanding at a time.
public enum SequencerOperation: Sendable, Hashable {
  /// 1. Become the leader: under a lock on the sequencer's row terminate the former leader's backend, raise the fence, record the own backend,
  /// compare the source's identity (system identifier, database, timeline, witness file) with the recorded one.
  /// Answer: ``SequencerMachine/Input/led(_:identityChanged:)`` or ``SequencerMachine/Input/ledByAnother``.
  case acquireLeadership
  /// 2. Start a new epoch under the row lock: ordinal = max(`atLeast`, current + 1), random id, parent, fork position and fork chain =
  /// head and chain, record the identity. Answer: ``SequencerMachine/Input/epochStarted(_:)``.
  case startEpoch(fence: Int64, atLeast: Int32)
  /// 3. Read-only: does any pending pointer above the floor exist that is visible now and not seen by `done`? Takes no transaction id.
  /// Answer: ``SequencerMachine/Input/polled(hasWork:)``.
  case poll(floor: Int64, done: TransactionSnapshot)
  /// `poll` and `openTick` in one: opens the tick if there is work in its snapshot, and otherwise locks nothing and takes no transaction id. For
  /// when there probably is. Answer: ``SequencerMachine/Input/polled(hasWork:)`` with false, or that of `openTick`.
  case openTickIfWork(fence: Int64, floor: Int64, done: TransactionSnapshot)
  /// 4. Begin a REPEATABLE READ transaction with 5 s server-side time-outs, lock the sequencer's row, compare the fence, read a ``TickView``.
  /// Answer: ``SequencerMachine/Input/tickOpened(_:)`` or ``SequencerMachine/Input/fencedOut``. Leaves the transaction open.
  case openTick(fence: Int64)
  /// 5. In the transaction of `openTick`: insert the entries as one segment, write the row, commit.
  /// Answer: ``SequencerMachine/Input/tickCommitted``, `failed` or `outcomeUnknown`.
  case commitTick(TickPlan)
  /// 6. Roll the transaction of `openTick` back. Answer: `tickAborted`.
  case abortTick
  /// 7. Read the sequencer's row with a fresh connection, after waiting for or terminating the own former backend.
  /// Answer: ``SequencerMachine/Input/stateRead(_:)``.
  case readState
  /// 8. Truncate the pending partitions that hold nothing above the low-water mark (short lock time-out; LOCK, check again, TRUNCATE)
  /// and drop log segments that retention no longer holds. Answer: `tidied`; failing is harmless.
  case tidy(lowWater: Int64)
}
