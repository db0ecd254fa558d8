/// The name of a region, such as `eu` or `eu-2`: a lower-case DNS label other than `control`.
public struct RegionName: Sendable, Hashable, CustomStringConvertible {
  public let text: String

  public init(_ text: String) throws(NameRefusal) {
    do { try DNSLabel.check(text) } catch { throw NameRefusal(error) }
    guard text != "control" else { throw .reserved }
    self.text = text
  }

  public var description: String { text }

  /// The audience of access tokens for this region: `region:eu`.
  public var tokenAudience: String { "region:\(text)" }
}
