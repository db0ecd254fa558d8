import Foundation
import Logging
import Postgres

/// What nine regions lose while a tenth hangs: it takes connections and requests and never answers. Its callers wait in vain until the gateway gives up on it, and are told to come again later
/// then; both are in each round.
struct HangingRegionFigures {
  let server: EmbeddedServer
  let monolith: Monolith
  /// Port of an upstream that answers.
  let upstream: Int
  /// Of the person who owns the organizations.
  let session: String
  private static let rounds = 5
  private static let seconds = 6
  private static let connections = 32
  /// Callers of the region that hangs.
  private static let waiting = 64
  /// Regions that answer, besides the first.
  private static let others = 8
  /// The gateway waits so long for the head of an answer that half a round is hanging and half is refusals.
  static let settings = ["ATOLL_GATEWAY_TIMEOUT": "3"]

  func run() async throws -> [Figure] {
    let silence = try SilentPort()
    try await prepare(silence)
    let url = "http://127.0.0.1:\(monolith.port)"
    let paths = ["/api/0/organizations/acme/issues/"] + (1...Self.others).map { Self.path($0) }
    var alone: [Wrk.Result] = []
    var beside: [Wrk.Result] = []
    for round in 1...Self.rounds {
      alone.append(try await Wrk.run(url, paths: paths, connections: Self.connections, seconds: Self.seconds))
      // Each round another one hangs: the gateway knows of the last that it does.
      let callers = PatientCallers(
        port: monolith.port, path: Self.path(Self.others + round), count: Self.waiting)
      // They have sent their requests by then.
      try await Task.sleep(for: .milliseconds(500))
      do {
        beside.append(try await Wrk.run(url, paths: paths, connections: Self.connections, seconds: Self.seconds))
      } catch {
        _ = await Self.stop(callers)
        throw error
      }
      let answers = await Self.stop(callers)
      guard answers.timedOut > 0, answers.refused > 0 else { throw BenchError("the region did not hang: \(answers)") }
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

  private static func stop(_ callers: PatientCallers) async -> PatientCallers.Answers {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: callers.stop()) }
    }
  }

  private static func path(_ number: Int) -> String { "/api/0/organizations/acme-\(number)/issues/" }

  /// Further regions, as far as the gateway knows, with an organization each; the last ones never answer.
  private func prepare(_ silence: SilentPort) async throws {
    let client = PostgresClient(
      configuration: server.configuration(database: "bench_control_\(monolith.port)"), logger: Logger(label: "bench"))
    defer { client.shutdown() }
    for number in 1...(Self.others + Self.rounds) {
      let name = "r\(number)"
      _ = try monolith.call(
        "POST", "/api/v1/operator/regions", token: monolith.operatorToken,
        "{\"name\":\"\(name)\",\"url\":\"https://\(name).example.com\"}")
      let port = number > Self.others ? silence.port : upstream
      _ = try await client.query(
        "UPDATE control.region SET url = \("http://127.0.0.1:\(port)"), state = 'active' WHERE name = \(name)")
      _ = try monolith.call(
        "POST", "/api/v1/organizations", token: session,
        "{\"slug\":\"acme-\(number)\",\"name\":\"Acme\",\"region\":\"\(name)\"}")
      if number <= Self.others { try await monolith.awaitAnswer(of: monolith.port, Self.path(number)) }
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
