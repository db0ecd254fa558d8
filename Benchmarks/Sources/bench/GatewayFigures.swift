import Foundation
import Logging
import Postgres

/// The gateway against nginx: the same upstream, client and cores, in turn. The gateway resolves, signs and checks as it does in service.
struct GatewayFigures {
  let server: EmbeddedServer
  let directory: String
  private static let rounds = 3
  private static let seconds = 5
  private static let connections = 32
  private static let path = "/api/0/organizations/acme/issues/"
  private static let uploadBytes = 10 << 20

  func run() async throws -> [Figure] {
    let hash = try Argon2().hash(Monolith.password)
    let monolith = try await Monolith(
      directory: directory + "/gateway", server: server, settings: HangingRegionFigures.settings)
    defer { monolith.stop() }
    let nginx = try Nginx(directory: directory + "/nginx", port: monolith.port + 10)
    defer { nginx.stop() }
    let session = try await prepare(monolith, upstream: nginx.upstream, hash: hash)
    let idle = try monolith.residentMebibytes()
    var ours = Rates()
    var theirs = Rates()
    for _ in 0..<Self.rounds {
      for (port, isOurs) in [(nginx.proxy, false), (monolith.port, true)] {
        let url = "http://127.0.0.1:\(port)\(Self.path)"
        let full = try await Wrk.run(url, connections: Self.connections, seconds: Self.seconds)
        let half = try await PacedLoad.run(
          port: port, path: Self.path, connections: Self.connections, rate: full.rate / 2,
          seconds: Double(Self.seconds))
        print(Self.line(isOurs, full, half))
        let upload = try await Wrk.run(
          url + "upload/", connections: 4, seconds: Self.seconds, bodyBytes: Self.uploadBytes)
        if isOurs { ours.add(full, half, upload) } else { theirs.add(full, half, upload) }
      }
    }
    let used = try monolith.residentMebibytes()
    let hanging = try await HangingRegionFigures(
      server: server, monolith: monolith, upstream: nginx.upstream, session: session
    ).run()
    let mebibytes = Double(Self.uploadBytes >> 20)
    return [
      Figure(
        "gateway, requests / nginx before the same upstream", ours: ours.full.median, baseline: theirs.full.median,
        unit: "1/s", goal: .atLeast(0.5)),
      Figure(
        "gateway, p99 at half of its full load / nginx's at half of its own", ours: ours.half.median,
        baseline: theirs.half.median, unit: "ms", goal: .atMost(2)),
      Figure(
        "gateway, uploads of 10 MiB / nginx", ours: ours.upload.median * mebibytes,
        baseline: theirs.upload.median * mebibytes, unit: "MiB/s", goal: .atLeast(0.7)),
      Figure(
        "memory: control and gateway after uploads of 10 MiB / before", ours: used, baseline: idle, unit: "MiB",
        goal: .atMost(1.5)),
    ] + hanging
  }

  /// One round of one server.
  private static func line(_ isOurs: Bool, _ full: Wrk.Result, _ half: PacedLoad.Result) -> String {
    let numbers = String(
      format: "full %.0f/s, half %.0f/s of %.0f due: p50 %.3f ms, p99 %.3f ms", full.rate, half.rate, full.rate / 2,
      half.p50, half.p99)
    return "  \(isOurs ? "gateway" : "nginx"): \(numbers)"
  }

  private struct Rates {
    var full: [Double] = []
    /// p99 at half load.
    var half: [Double] = []
    var upload: [Double] = []

    mutating func add(_ full: Wrk.Result, _ half: PacedLoad.Result, _ upload: Wrk.Result) {
      self.full.append(full.rate)
      self.half.append(half.p99)
      self.upload.append(upload.rate)
    }
  }

  /// An organization whose region is, as far as the gateway knows, the upstream. Returns the session of its owner.
  private func prepare(_ monolith: Monolith, upstream: Int, hash: String) async throws -> String {
    let address = try monolith.people(1, hash: hash)[0]
    let login = try HTTPConnection(port: monolith.port).exchange(Monolith.login(address))
    let opened = try JSONSerialization.jsonObject(with: Data(login.body)) as? [String: Any] ?? [:]
    guard let session = opened["session_token"] as? String else { throw BenchError("no session") }
    _ = try monolith.call(
      "POST", "/api/v1/organizations", token: session, #"{"slug":"acme","name":"Acme","region":"eu"}"#)
    let client = PostgresClient(
      configuration: server.configuration(database: "bench_control_\(monolith.port)"), logger: Logger(label: "bench"))
    defer { client.shutdown() }
    _ = try await client.query(
      "UPDATE control.region SET url = \("http://127.0.0.1:\(upstream)") WHERE name = 'eu'")
    try await monolith.awaitAnswer(of: monolith.port, Self.path)
    return session
  }
}
