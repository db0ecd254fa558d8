/// Which version and capabilities two sides have in common. Decided by the side that answers, in its hello.
public enum Negotiation {
  /// What this implementation speaks, ascending.
  public static let versions: [Int] = [1]
  public static let capabilities: Set<Capability> = [.zlib, .snapshot]

  /// The highest common version, or nil when there is none (`VERSION_UNSUPPORTED`).
  public static func version(offered: [Int], supported: [Int] = versions) -> Int? {
    offered.filter(supported.contains).max()
  }

  /// What both can do.
  public static func capabilities(offered: Set<Capability>, supported: Set<Capability> = capabilities) -> Set<
    Capability
  > {
    offered.intersection(supported)
  }

  static func versions(_ reader: JSONReader) throws(JSONError) -> [Int] {
    try reader.elements(maximum: WireLimits.maximumVersions) { (element) throws(JSONError) in
      Int(try element.integer(in: 1...1000))
    }
  }
}
