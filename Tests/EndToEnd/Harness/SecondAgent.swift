import SyncProtocol
import TestSupport
import Testing

@testable import atoll

/// A second agent of a region: a key of its own, and the first one's database and secret key.
struct SecondAgent: Sendable {
  let region: SiloFolder
  /// Its data directory.
  let keys: String
  let fingerprint: String
  /// What the region, which has data, was told when it joined: an operator must approve.
  let answeredState: String

  /// Enrols it. It is not started.
  static func join(_ region: SiloFolder, _ islands: Islands) async throws -> SecondAgent {
    let shell = try Shell(islands)
    let operation = [
      "--control-url", islands.layout.url(of: islands.control), "--operator-token-file", islands.control.operatorToken,
    ]
    let keys = "\(islands.layout.root)/\(region.name)-second"
    try await Program.run(["mkdir", "-m", "700", keys])
    try await Program.run(["cp", "-a", "\(region.keys)/secret.key", "\(keys)/secret.key"])
    let token = try await shell.succeed(["region", "token", region.name] + operation).field("token").string()
    let file = SecretFile(path: "\(islands.layout.root)/\(region.name)-second.token")
    try file.write(Array(token.utf8))
    let joined = try await shell.succeed([
      "region", "join", islands.layout.url(of: islands.control), "--join-token-file", file.path, "--pin",
      try SecretFile(path: islands.control.rootPin).text(maximumBytes: 256), "--data", keys, "--region", region.name,
      "--development",
    ])
    let fingerprint = try joined.field("fingerprint").string()
    _ = try await shell.succeed(["region", "approve", region.name, "--fingerprint", fingerprint] + operation)
    return SecondAgent(
      region: region, keys: keys, fingerprint: fingerprint, answeredState: try joined.field("state").string())
  }

  /// Starts it. The caller stops it.
  func serve(_ islands: Islands) async throws -> ChildProcess {
    try await islands.serve(region, name: "\(region.name)-second", port: try Islands.freePorts(1), keys: keys)
  }
}
