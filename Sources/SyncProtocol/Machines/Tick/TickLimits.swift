/// The bounds of one tick.
public struct TickLimits: Sendable, Hashable {
  /// Pointers in the window of one tick. A bigger backlog becomes a cut that several ticks work off.
  public var window: Int
  /// Pointers of one source transaction that stay together. A bigger transaction goes in parts of this size.
  public var wholeTransaction: Int
  /// Parts of carried transactions in one tick. Small: others' changes wait for them.
  public var partsPerTick: Int

  public init(window: Int = 20_000, wholeTransaction: Int = 1000, partsPerTick: Int = 4) {
    self.window = max(1, window)
    self.wholeTransaction = max(1, wholeTransaction)
    self.partsPerTick = max(1, partsPerTick)
  }
}
