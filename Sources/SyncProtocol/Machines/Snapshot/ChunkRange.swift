/// What a chunk of a snapshot covers.
public struct ChunkRange: Sendable, Hashable {
  public let kind: Kind
  /// Nil as `through`: the last chunk of the kind.
  public let keys: KeyRange

  public init(_ kind: Kind, keys: KeyRange) {
    self.kind = kind
    self.keys = keys
  }
}
