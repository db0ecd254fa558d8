/// A kind that a snapshot covers.
public struct SnapshotKind: Sendable, Hashable {
  public let kind: Kind
  public let lane: Lane
  public let order: KeyOrder

  public init(_ kind: Kind, lane: Lane, order: KeyOrder) {
    self.kind = kind
    self.lane = lane
    self.order = order
  }
}
