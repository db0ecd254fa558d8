/// Bounds of looking host names up.
package struct HostNameLimits: Sendable, Hashable {
  /// An address is used again for so long without asking.
  package var fresh: Duration = .seconds(5)
  /// From the beginning of a look-up: who needs the name waits no longer.
  package var patience: Duration = .seconds(2)
  /// An address serves on for so long while nothing newer can be had.
  package var stale: Duration = .seconds(300)
  /// A name that led nowhere is not looked up again for so long, at first and at most.
  package var pause: Duration = .seconds(1)
  package var longestPause: Duration = .seconds(30)
  /// Look-ups under way, those that wait for a thread among them.
  package var lookUps = 64
  /// Names that are remembered.
  package var names = 8192

  package init() {}
}
