import ArgumentParser
import ControlPlane
import FoundationEssentials
import Outbox
import Postgres
import Silo
import SyncProtocol
import Web

/// `atoll doctor control`: examines a control plane: database, log, files, manifest, regions and their addresses.
struct DoctorControlCommand: DoctorCommand {
  static let configuration = CommandConfiguration(
    commandName: "control", abstract: "Examine the control plane of this machine.",
    discussion: "Exits with 0 when all is well, 1 with warnings, 2 with errors.")
  static let silo = ExaminedSilo.control
  /// Addresses of regions that are called at once, and at most.
  static let callsAtOnce = 16
  static let maximumCalls = 256

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: DoctorOptions

  @Flag(name: .long, inversion: .prefixedNo, help: "Call the public URL of each active region.")
  var urls = true

  func examine(_ settings: Settings) async throws -> [Finding] {
    let examination = try SiloExamination(silo: .control, settings: settings)
    defer { examination.client.shutdown() }
    let isDevelopment = examination.isDevelopment
    var regions: [ControlFacts.Region] = []
    var found = await examination.findings { connection in
      let facts = try await ControlFacts.read(on: ControlConnection(connection))
      regions = facts.regions
      let manifest = try facts.manifest.map { try Manifest(body: $0.content) }
      let map = DirectoryDiagnosis(changed: facts.directoryChanged, directory: examination.directory)
      let keys = KeyDiagnosis(keys: facts.keys, manifest: manifest, lackingManifest: facts.lackingManifest)
      var found = ManifestDiagnosis(
        manifest: manifest, now: Int64(Date().timeIntervalSince1970), isDevelopment: isDevelopment,
        signing: facts.signing
      ).findings
      found += keys.findings
      found += facts.incompatible.map { Self.finding($0) }
      found += facts.halted.map { Self.finding($0) }
      found += facts.regions.compactMap { Self.finding($0) }
      return found + map.findings
    }
    found += CertificateDiagnosis(settings, hosts: [settings.string(.controlURL)]).findings
    found += ProxyDiagnosis(settings, url: settings.string(.controlURL)).findings
    let authorities = AuthoritiesDiagnosis(settings).findings
    found += authorities
    if urls, authorities.isEmpty {
      found += await Self.unreachable(regions.filter(\.isActive), trust: try settings.trust())
    }
    return found
  }

  /// What a region's state says, if it says anything.
  static func finding(_ region: ControlFacts.Region) -> Finding? {
    let code: DoctorCode
    switch region.state {
    case .live: return nil
    case .joining: code = .regionJoining
    case .degraded: code = .regionDegraded
    case .stalled: code = .regionStalled
    case .needsSnapshot: code = .regionNeedsSnapshot
    case .revoked: code = .regionRevoked
    }
    return Finding(code, "region \(region.name) is \(region.state.rawValue)")
  }

  /// What an agent that was refused for its versions says.
  static func finding(_ refusal: RefusedVersionStore.Refusal) -> Finding {
    Finding(.versionIncompatible, "the agent of region \(refusal.region) \(refusal.versions)")
  }

  /// What a halted rollout says.
  static func finding(_ rollout: RolloutStore.Rollout) -> Finding {
    let region = rollout.region.map { ", region \($0)" } ?? ""
    return Finding(
      .rolloutHalted, "revision \(rollout.number) of \(rollout.item) is halted: \(rollout.code ?? "-")\(region)")
  }

  /// The regions whose public URL does not answer.
  static func unreachable(
    _ regions: [ControlFacts.Region], trust: OutboundTrust = .system
  ) async -> [Finding] {
    var rest = regions.prefix(maximumCalls)[...]
    var found: [Finding] = []
    while !rest.isEmpty {
      let part = rest.prefix(callsAtOnce)
      rest = rest.dropFirst(part.count)
      await withTaskGroup(of: Finding?.self) { group in
        for region in part {
          group.addTask {
            await JSONClient(base: region.url, trust: trust).isReady()
              ? nil : Finding(.urlUnreachable, "\(region.url) of region \(region.name) does not answer")
          }
        }
        for await finding in group { if let finding { found.append(finding) } }
      }
    }
    return found
  }
}
