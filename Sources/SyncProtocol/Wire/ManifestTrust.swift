/// Why a silo believes a manifest.
public enum ManifestTrust: Sendable, Hashable {
  /// The fingerprint that an operator typed: `sha256:…` of a root. For the first contact.
  case pin(String)
  /// The manifest believed until now: its roots may sign the next one.
  case previous(Manifest)

  /// The roots that may have signed `manifest`.
  func roots(of manifest: Manifest) -> [VerificationKey] {
    switch self {
    case .pin(let pin): [manifest.primaryRoot, manifest.recoveryRoot].filter { $0.fingerprint == pin }
    case .previous(let previous): [previous.primaryRoot, previous.recoveryRoot]
    }
  }

  /// Whether `pin` has the form of a fingerprint; for checking a flag before anything is asked.
  public static func isPin(_ pin: String) -> Bool {
    pin.hasPrefix("sha256:") && Hexadecimal.decode(String(pin.dropFirst(7)))?.count == 32
  }
}
