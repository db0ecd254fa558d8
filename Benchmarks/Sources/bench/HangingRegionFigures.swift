import Foundation
import Logging
import Postgres

/// What nine regions lose while the tenth hangs: it takes connections and requests and never answers, and as many callers as it may have places wait for it.
struct HangingRegionFigures {
  let server: EmbeddedServer
  let monolith: Monolith
  /// Port of an upstream that answers.
  let upstream: Int
  /// Of the person who owns the organizations.
  let session: String
  private static let rounds = 5
  private static let seconds = 5
  private static let connections = 32
  /// Callers of the region that hangs: a quarter of its places, so that none is answered 503 and asks again at once.
  private static let waiting = 64

  func run() async throws -> [Figure] {
    let silence = try SilentPort()
    try await prepare(silence)
    let url = "http://127.0.0.1:\(monolith.port)"
    let paths = ["/api/0/organizations/acme/issues/"] + (1...8).map { Self.path($0) }
    var alone: [Wrk.Result] = []
    var beside: [Wrk.Result] = []
    for _ in 0..<Self.rounds {
      alone.append(try await Wrk.run(url, paths: paths, connections: Self.connections, seconds: Self.seconds))
      let callers = try Wrk.start(
        "\(url)\(Self.path(9))", connections: Self.waiting, seconds: Self.seconds * 4)
      defer { callers.stop() }
      // They have sent their requests by then.
      try await Task.sleep(for: .milliseconds(500))
      beside.append(try await Wrk.run(url, paths: paths, connections: Self.connections, seconds: Self.seconds))
    }
    withExtendedLifetime(silence) {}
    return [
      Figure(
        "gateway, requests to nine regions, the tenth hangs / alone", ours: beside.map(\.rate).median,
        baseline: alone.map(\.rate).median, unit: "1/s", goal: .atLeast(0.95)),
      Figure(
        "gateway, p99 of nine regions, the tenth hangs / alone", ours: beside.map(\.p99).median,
        baseline: alone.map(\.p99).median, unit: "ms", goal: .atMost(1.25)),
    ]
  }

  private static func path(_ number: Int) -> String { "/api/0/organizations/acme-\(number)/issues/" }

  /// Nine further regions, as far as the gateway knows, with an organization each; the ninth never answers.
  private func prepare(_ silence: SilentPort) async throws {
    let client = PostgresClient(
      configuration: server.configuration(database: "bench_control_\(monolith.port)"), logger: Logger(label: "bench"))
    defer { client.shutdown() }
    for number in 1...9 {
      let name = "r\(number)"
      _ = try monolith.call(
        "POST", "/api/v1/operator/regions", token: monolith.operatorToken,
        "{\"name\":\"\(name)\",\"url\":\"https://\(name).example.com\"}")
      let port = number == 9 ? silence.port : upstream
      _ = try await client.query(
        "UPDATE control.region SET url = \("http://127.0.0.1:\(port)"), state = 'active' WHERE name = \(name)")
      _ = try monolith.call(
        "POST", "/api/v1/organizations", token: session,
        "{\"slug\":\"acme-\(number)\",\"name\":\"Acme\",\"region\":\"\(name)\"}")
      if number < 9 { try await monolith.awaitAnswer(of: monolith.port, Self.path(number)) }
    }
  }
}

/// A port on loopback where connections are taken, and nothing is ever read or said.
final class SilentPort {
  let port: Int
  private let descriptor: Int32

  init() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, size) == 0 && listen(descriptor, 1024) == 0
          && getsockname(descriptor, address, &size) == 0
      }
    }
    guard descriptor >= 0, isBound else { throw BenchError("no port for a region that hangs") }
    self.descriptor = descriptor
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  deinit { close(descriptor) }
}
