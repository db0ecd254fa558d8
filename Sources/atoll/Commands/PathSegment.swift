/// A name as part of a path.
/// - Throws: ``CommandFailure`` unless it consists of lower-case letters, digits and hyphens.
func pathSegment(_ name: String) throws -> String {
  let isLabel = name.utf8.allSatisfy {
    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
  }
  guard isLabel, (1...63).contains(name.utf8.count) else {
    throw CommandFailure(
      .usage, "\"\(name.prefix(80))\" is not a name", advice: "use lower-case letters, digits and hyphens")
  }
  return name
}
