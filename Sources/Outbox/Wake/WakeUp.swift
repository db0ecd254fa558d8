/// What wakes a sequencer beside the doorbell of its own process, which code rings after it committed. The poll always goes on.
public enum WakeUp: String, Sendable, Hashable, CaseIterable {
  /// Nothing: commits of other programs are found by the poll, 1 ms after work and up to 50 ms when idle.
  case poll
  /// Logical decoding of the pending pointers, see ``DecodingDoorbell``.
  case decoding
}
