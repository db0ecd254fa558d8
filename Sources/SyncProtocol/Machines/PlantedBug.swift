/// A bug that the simulator plants to prove that its campaign would find it. Production passes none.
///
/// A machine receives the bug as a value when it is made; there is no global switch, and a comparison with nil is all it costs.
package enum PlantedBug: String, Sendable, Hashable, CaseIterable {
  // Sequencing
  case transactionsOrderedBySmallestSequence
  case lateCommitSkipped
  case floorIgnoresOpenTransactions
  case carryForgotten
  case backlogCutClosedEarly
  case tickWithoutFence
  case earlyReadAfterDecodedCommit
  // Sending
  case removeOnScopeExitForgotten
  case exitFinalizedBeforeAcknowledged
  case exitAfterHardDelete
  case epochIgnored
  case forkAcceptsReadsBeyondIt
  case consistencyClaimedWithUnsequencedPointers
  case transactionSplitBetweenBatches
  case entitlementFromTheLog
  case restoredCursorServedBelowFinalizedExits
  // Receiving
  case cursorSavedBeforeEffects
  case cursorWithoutCompareAndSet
  case versionCheckDropped
  case tombstoneForgotten
  case staleBulkAnswerAccepted
  case bulkVersionFromAfterTheRead
  case freshnessFromTheReadersClock
  case unknownCommitTakenForDone
  case quarantineStopsReporting
  case sweepForgotten
  // Snapshots
  case chunkRequestForgotten
  case chunkSweepBeyondItsRange
  case chunkSweepIgnoresVersions
  case chunkProgressSavedBeforeRows
  case chunkRemovesForgotten
  case cutClaimedBeforeChunkHeads
  // Silos
  case membershipWithoutGrant
  case userEpochMergedByNewer
  // Reconciliation
  case grantedWhileReconciling
  case receiptSealUnchecked
  case slugOwnerReplaced
  case endedGrantRevived
  case generationMergedByOwner
  case restoreUnnoticed
  case sealUnchecked
  case requestReplayAccepted
  // Divergence
  case digestMismatchTakenForDivergence
  case staleVersionNotReleased
  case repairPointerWithoutReceiver
}
