internal import FoundationEssentials

/// The bounds that keep one region from taking what belongs to all, and all from coming at once.
package struct SyncLimits: Sendable, Hashable {
  /// Regions that may come back in a second, after a restart of control or of their own.
  package var arrivalsPerSecond = 50
  /// Regions in a second that agents aim at when they spread their return: below what may come, so that few are told to come again. A thousand are back
  /// within 28 s, and logins have room beside them.
  package var returnsPerSecond = 36
  /// Regions that may come at once when nobody else does.
  package var arrivalBurst = 20
  /// A region that was silent for so long, in milliseconds, arrives anew.
  package var presence: Int64 = 90_000
  /// The longest time, in milliseconds, over which agents are told to spread their return.
  package var longestReturn: Int64 = 60_000
  /// Sync requests worked on at once. Held ones do no work. More than the processors can do at once would only make logins wait behind them.
  package var slots = max(4, 2 * ProcessInfo.processInfo.activeProcessorCount)
  /// Sync requests of one region worked on at once.
  package var slotsPerRegion = 2
  /// Sync requests of one region under way at once, held, waiting and refused ones included.
  package var requestsPerRegion = 8
  /// Sync requests of one region in a second, over longer times.
  package var rate = 100
  /// Sync requests of one region that may come at once beyond the rate.
  package var rateBurst = 400
  /// How long a refusal is kept back, in milliseconds: whoever sends what is refused sends it slowly.
  package var refusalPause: Int64 = 500

  package init() {}
}
