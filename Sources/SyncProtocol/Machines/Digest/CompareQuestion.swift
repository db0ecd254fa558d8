/// One question of a comparison, to the owner or to the holder of rows. The same question may be asked of either; the stream says who is who.
public struct CompareQuestion: Sendable, Hashable {
  /// Echoed by the answer. An answer to any other question changes nothing.
  public let id: String
  public let subject: ComparisonSubject
  public let body: Body

  public init(id: String, subject: ComparisonSubject, body: Body) {
    self.id = id
    self.subject = subject
    self.body = body
  }
}
