/// Which version and capabilities two sides have in common. Decided by the side that answers, in its hello.
public enum Negotiation {
  /// What this implementation speaks, ascending.
  public static let versions: [Int] = [1]
  public static let capabilities: Set<Capability> = [.zlib, .snapshot]

  /// The highest common version, or nil when there is none (`VERSION_UNSUPPORTED`).
  public static func version(offered: [Int], supported: [Int] = versions) -> Int? {
    offered.filter(supported.contains).max()
  }

  /// The field beside the manifest in which control says what it speaks, such as `1,2`: for whoever finds out why two sides do not understand each other.
  public static let versionsField = "Atoll-Sync-Versions"

  /// The versions as that field carries them.
  public static func text(_ versions: [Int] = versions) -> String {
    versions.map(String.init).joined(separator: ",")
  }

  /// What that field says; nil where it is no list of versions.
  public static func versions(in text: String) -> [Int]? {
    let parts = text.split(separator: ",", maxSplits: WireLimits.maximumVersions, omittingEmptySubsequences: false)
    let versions = parts.compactMap { part in Int(part).flatMap { (1...1000).contains($0) ? $0 : nil } }
    return versions.count == parts.count && versions.count <= WireLimits.maximumVersions ? versions : nil
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
