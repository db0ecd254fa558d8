import ArgumentParser
import FoundationEssentials
import Outbox
import Postgres
import RegionAgent
import Silo
import SyncProtocol
import Web

/// `atoll doctor region`: examines a region on its own machine: database, log, files, what it applied, and the way to control.
struct DoctorRegionCommand: DoctorCommand {
  static let configuration = CommandConfiguration(
    commandName: "region", abstract: "Examine the region of this machine.",
    discussion: "Exits with 0 when all is well, 1 with warnings, 2 with errors.")
  static let silo = ExaminedSilo.region
  /// Seconds since something was applied after which a region stands still.
  static let stalled = 60.0

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: DoctorOptions

  @Flag(name: .long, inversion: .prefixedNo, help: "Call control and the application.")
  var reach = true

  func examine(_ settings: Settings) async throws -> [Finding] {
    let examination = try SiloExamination(silo: .region, settings: settings)
    defer { examination.client.shutdown() }
    var found = await examination.findings { connection in
      let url = try await RegionAddressStore.url(on: connection)
      return Self.applied(try await LagStore.applied(on: connection)) + ProxyDiagnosis(settings, url: url).findings
    }
    found += CertificateDiagnosis(settings, hosts: []).findings
    let authorities = AuthoritiesDiagnosis(settings).findings
    found += authorities
    if reach, authorities.isEmpty, let upstream = try settings.upstream() {
      found += await UpstreamReach(target: upstream.target.description, trust: upstream.trust).findings()
    }
    guard let directory = examination.directory else { return found }
    let now = Int64(Date().timeIntervalSince1970)
    switch Self.identity(directory) {
    case .failure(let finding): found.append(finding)
    case .success(let identity):
      let manifest = try? Manifest(body: identity.manifest.content)
      found +=
        ManifestDiagnosis(
          manifest: manifest, now: now, isDevelopment: examination.isDevelopment || identity.development
        ).findings
      if reach, authorities.isEmpty {
        found += await ControlReach(
          url: identity.controlURL, trusted: manifest, isDevelopment: identity.development, now: now,
          trust: try settings.trust()
        ).findings()
      }
    }
    return found
  }

  /// What was applied of control's log, and when.
  static func applied(_ lanes: [LagStore.Applied]) -> [Finding] {
    let down = lanes.filter { $0.stream == .control }
    guard !down.isEmpty else { return [Finding(.regionJoining, "nothing of control's log was applied yet")] }
    // An idle control is heard of every few seconds too: its word that there is nothing is applied like a batch.
    let ages = down.compactMap(\.completeAge)
    if let age = ages.min(), age > stalled {
      return [Finding(.regionStalled, "control's last word that nothing is missing is \(Int(age)) s old")]
    }
    if ages.isEmpty, let age = down.map(\.appliedAge).min(), age > stalled {
      return [Finding(.regionStalled, "nothing was applied for \(Int(age)) s")]
    }
    return []
  }

  private enum Identity {
    case success(RegionIdentity)
    case failure(Finding)
  }

  private static func identity(_ directory: String) -> Identity {
    do {
      let key = try SecretKeyFile(directory: directory).load()
      guard let identity = try RegionIdentityFile(directory: directory, secretKey: key).load() else {
        return .failure(Finding(.notJoined, "\(directory) holds no identity"))
      }
      return .success(identity)
    } catch let failure as CommandFailure {
      return .failure(Finding(.identityDamaged, failure.message))
    } catch {
      return .failure(Finding(.identityDamaged, "\(error)"))
    }
  }
}
