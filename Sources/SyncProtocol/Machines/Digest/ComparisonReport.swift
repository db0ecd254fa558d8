/// What a comparison found out, to be recorded by its owner.
public enum ComparisonReport: Sendable, Hashable {
  case row(Finding)
  /// A row that differed is equal again.
  case mended(RowReference, stream: SiloNumber)
  /// The other side, or this one, does not compare the kind.
  case refused(CompareAnswer.Refusal, Kind, stream: SiloNumber)

  /// One row that differs.
  public struct Finding: Sendable, Hashable {
    public let stream: SiloNumber
    public let row: RowReference
    public let difference: RowDifference
    /// What the owner would send now.
    public let owned: RowVersion?
    /// What the receiver holds.
    public let held: RowVersion?

    public init(
      stream: SiloNumber, row: RowReference, difference: RowDifference, owned: RowVersion?, held: RowVersion?
    ) {
      self.stream = stream
      self.row = row
      self.difference = difference
      self.owned = owned
      self.held = held
    }
  }
}
