/// What is compared: the rows of one kind that the receiver of one stream is entitled to.
public struct ComparisonSubject: Sendable, Hashable {
  /// Whose log carries the rows: the owner.
  public let stream: SiloNumber
  /// Who holds the replica.
  public let audience: SiloNumber
  public let kind: Kind
  /// The projection's revision: the columns besides the key, ascending. A side that lacks one of them does not compare.
  public let columns: [String]
  /// 16 random bytes of this exchange: a digest says nothing outside of it and cannot be replayed.
  public let salt: [UInt8]

  public init(stream: SiloNumber, audience: SiloNumber, kind: Kind, columns: [String], salt: [UInt8]) {
    self.stream = stream
    self.audience = audience
    self.kind = kind
    self.columns = columns
    self.salt = salt
  }
}
