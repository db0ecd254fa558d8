/// One kind of a comparison, with the rows that an earlier one left open.
public struct ComparisonPlan: Sendable, Hashable {
  public let subject: ComparisonSubject
  /// Keys of open incidents: looked at one by one, whatever the digests say.
  public let known: [RowKey]

  public init(subject: ComparisonSubject, known: [RowKey] = []) {
    self.subject = subject
    self.known = known
  }
}
