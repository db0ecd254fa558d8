import ArgumentParser

/// Which ring-gated item a command is about.
struct FlagOptions: ParsableArguments {
  @Option(name: .long, help: "The ring-gated kind: feature_flag or configuration.")
  var kind = "feature_flag"

  @Argument(help: "Name of the flag: lower-case letters, digits, dots, hyphens and underscores.")
  var name: String

  /// Its path in the operator API.
  /// - Throws: ``CommandFailure`` unless kind and name can be parts of a path.
  func path(_ action: String? = nil) throws -> String {
    let isName = !name.isEmpty && name.utf8.count <= 128 && (name + kind).utf8.allSatisfy(Self.isAllowed)
    guard isName, name != ".", name != "..", !kind.isEmpty else {
      throw CommandFailure(
        .usage, "\"\(name.prefix(130))\" is not a name",
        advice: "use lower-case letters, digits, dots, hyphens and underscores")
    }
    return "/api/v1/operator/gated/\(kind)/\(name)" + (action.map { "/\($0)" } ?? "")
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    default: false
    }
  }
}
