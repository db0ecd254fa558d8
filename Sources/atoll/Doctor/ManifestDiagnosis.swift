import SyncProtocol

/// What is wrong with the manifest that is in force.
struct ManifestDiagnosis: Sendable {
  /// Nil when there is none.
  let manifest: Manifest?
  /// Seconds since 1970.
  let now: Int64
  let isDevelopment: Bool
  /// Thumbprints of the keys that control signs with; empty where they are not known.
  var signing: [String] = []

  var findings: [Finding] {
    guard let manifest else { return [Finding(.manifestMissing, "no manifest was published")] }
    var found: [Finding] = []
    if manifest.isExpired(at: now) {
      found.append(
        Finding(.manifestExpired, "version \(manifest.version) expired \((now - manifest.expires) / 86_400) days ago"))
    } else if manifest.expiresSoon(at: now) {
      found.append(
        Finding(.manifestExpiring, "version \(manifest.version) expires in \((manifest.expires - now) / 86_400) days"))
    }
    if manifest.development, !isDevelopment {
      found.append(Finding(.manifestDevelopment, "version \(manifest.version) is marked development"))
    }
    for keyid in signing {
      let known = manifest.key(keyid)
      guard known?.state != .active else { continue }
      found.append(
        Finding(.signingKeyUnannounced, "key \(keyid.prefix(8))… is \(known?.state.rawValue ?? "unknown") there"))
    }
    return found
  }
}
