internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo
package import SyncProtocol

/// What control's own tables show `atoll doctor`, without any judgement.
package struct ControlFacts: Sendable {
  package struct Region: Sendable, Hashable {
    package let name: String
    package let url: String
    package let state: SyncState
    /// Whether it may be called: active.
    package let isActive: Bool
  }

  /// As it is served; nil before `control init`.
  package let manifest: SignedManifest?
  /// Thumbprints of the keys that control signs with.
  package let signing: [String]
  package let regions: [Region]
  /// Seconds since the directory changed last, of the changes that are old enough for every map to have them; nil when none is remembered.
  package let directoryChanged: Double?
  package let halted: [RolloutStore.Rollout]
  package let keys: [KeyAgeStore.Age]
  /// The regions that are waited for before the keys sign that the manifest announces.
  package let lackingManifest: [String]
  /// Regions whose agents speak no version of the protocol that control does.
  package let incompatible: [RefusedVersionStore.Refusal]

  package static func read(on control: ControlConnection) async throws -> ControlFacts {
    let stored = try await SigningKeyStore.manifest(on: control)
    var signing: [String] = []
    for purpose in [KeyPurpose.control, .stream, .forward] {
      if let active = try await SigningKeyStore.active(purpose, on: control) { signing.append(active.thumbprint) }
    }
    let states = try await RegionStates.all(on: control)
    let regions = try await RegionStore.all(limit: 4095, on: control).map { region in
      Region(
        name: region.name.text, url: region.url, state: states[region.number] ?? .joining,
        isActive: region.state == .active)
    }
    return ControlFacts(
      manifest: try stored.map { try SignedManifest(bytes: $0.document) }, signing: signing, regions: regions,
      directoryChanged: try await DirectoryStore.lastChange(before: DirectoryStore.settled, on: control),
      halted: try await RolloutStore.all(.halted, on: control), keys: try await KeyAgeStore.all(on: control),
      lackingManifest: try await SigningKeyStore.regions(
        lacking: stored?.version ?? 0,
        heardSince: Date(timeIntervalSinceNow: -Double(ManifestService.waitsForSeconds)), on: control),
      incompatible: try await RefusedVersionStore.all(on: control))
  }
}
