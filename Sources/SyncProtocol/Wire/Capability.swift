/// Something a side can do beyond the version's minimum. Unknown names are ignored, so new ones need no new version.
public struct Capability: Sendable, Hashable, Comparable {
  /// Messages may be ``SyncContentType/compressedMessage``.
  public static let zlib = Capability(unchecked: "zlib")

  /// The agent answers questions at ``SyncPath/compare`` when a pull's answer says that there are some.
  public static let compare = Capability(unchecked: "compare")
  /// Starting over by chunks that the receiver asks for: ``SyncPath/bulk`` and ``SyncPath/bulkPush``.
  public static let snapshot = Capability(unchecked: "snapshot")

  public let name: String

  /// Returns nil unless `name` has 1 to 40 characters of `a-z`, `0-9` and `-`.
  public init?(_ name: String) {
    guard (1...40).contains(name.utf8.count),
      name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
    else { return nil }
    self.name = name
  }

  private init(unchecked name: String) { self.name = name }

  public static func < (left: Capability, right: Capability) -> Bool { left.name < right.name }
}

extension Set<Capability> {
  var json: JSONValue { .array(sorted().map { .string($0.name) }) }

  init(_ reader: JSONReader) throws(JSONError) {
    self.init(
      try reader.elements(maximum: WireLimits.maximumCapabilities) { (element) throws(JSONError) in
        try element.parsed("a capability: a-z, 0-9 and hyphens") { Capability($0) }
      })
  }
}
