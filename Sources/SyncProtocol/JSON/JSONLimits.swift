/// How much a JSON text may ask of the parser.
public struct JSONLimits: Sendable, Hashable {
  /// Of the whole text.
  public var maximumBytes: Int
  /// Nested arrays and objects; a scalar document has depth 0.
  public var maximumDepth: Int

  public init(maximumBytes: Int = 64 * 1024, maximumDepth: Int = 16) {
    self.maximumBytes = maximumBytes
    self.maximumDepth = maximumDepth
  }
}
