import FoundationEssentials
import SyncProtocol

/// A manifest for a person.
enum ManifestText {
  /// What is about to be signed.
  static func lines(_ manifest: Manifest) -> [String] {
    [
      "Manifest \(manifest.version), until \(date(manifest.expires))",
      "  primary root   \(manifest.primaryRoot.fingerprint)",
      "  recovery root  \(manifest.recoveryRoot.fingerprint)",
    ]
      + manifest.keys.map {
        "  \(pad($0.purpose.rawValue)) \($0.key.thumbprint)  \($0.state.rawValue)"
      }
  }

  /// What control says is in force.
  static func lines(_ view: JSONReader) throws -> [String] {
    var lines = [
      "Manifest \(try view.field("version").integer(in: 1...Int64.max)), until \(date(try view.field("expires").integer(in: 0...Int64.max)))"
    ]
    for key in try view.field("keys").array(maximum: WireLimits.maximumManifestKeys) {
      let signs = try key.field("signs").bool() ? ", signs" : ""
      lines.append(
        "  \(pad(try key.field("purpose").string())) \(try key.field("thumbprint").string())  \(try key.field("state").string())\(signs)"
      )
    }
    let waiting = try view.field("waiting_for").array(maximum: 5000).map { try $0.string() }
    lines.append(
      waiting.isEmpty
        ? "Every region that was heard of lately has taken it." : "Not taken yet by: \(waiting.joined(separator: ", "))"
    )
    return lines
  }

  private static func pad(_ text: String) -> String { text + String(repeating: " ", count: max(0, 14 - text.count)) }

  private static func date(_ seconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
  }
}
