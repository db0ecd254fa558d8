import ControlPlane
import SyncProtocol

/// Which of control's keys have signed for too long, and which were announced and still do not sign.
struct KeyDiagnosis: Sendable {
  /// Seconds in a day.
  private static let day = 86_400.0
  /// About a year, as long as a manifest is good.
  static let longestUse = Double(Manifest.lifetimeSeconds)
  /// Keys of ID tokens change by themselves, after 90 days.
  static let longestUseOfIDTokens = 120 * day
  /// The next key of ID tokens waits for a day by design.
  static let longestWait = 2 * day

  let keys: [KeyAgeStore.Age]
  /// In force; a key that waits and that it does not list was only proposed.
  let manifest: Manifest?
  /// Regions that have not taken the manifest in force.
  let lackingManifest: [String]

  var findings: [Finding] { keys.compactMap { $0.isNext ? waiting($0) : overdue($0) } }

  private func overdue(_ key: KeyAgeStore.Age) -> Finding? {
    let longest = key.use == .idTokens ? Self.longestUseOfIDTokens : Self.longestUse
    guard key.seconds > longest else { return nil }
    return Finding(.keyOverdue, "\(name(of: key)) is \(days(key)) days old and signs")
  }

  private func waiting(_ key: KeyAgeStore.Age) -> Finding? {
    guard key.seconds > Self.longestWait, key.use != .manifest || manifest?.key(key.id) != nil else { return nil }
    let lacking = key.use == .manifest ? lackingManifest : key.lacking
    let whom = lacking.isEmpty ? "no region lacks it: is control served?" : "\(lacking.joined(separator: ", ")) lack it"
    return Finding(.keyWaiting, "\(name(of: key)) was made \(days(key)) days ago and does not sign yet; \(whom)")
  }

  private func name(of key: KeyAgeStore.Age) -> String {
    switch key.use {
    case .accessTokens, .idTokens: "the key \(key.id.prefix(8))… of \(key.use.rawValue)"
    case .manifest: "control's \(manifest?.key(key.id)?.purpose.rawValue ?? "own") key \(key.id.prefix(8))…"
    }
  }

  private func days(_ key: KeyAgeStore.Age) -> Int { Int(min(key.seconds, 1e9) / Self.day) }
}
