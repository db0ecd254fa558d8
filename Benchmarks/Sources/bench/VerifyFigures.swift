import Foundation
import Postgres

/// `/auth/verify` with all its checks against `/health` of the same listener: the same server, connections and client in turn.
struct VerifyFigures {
  let server: EmbeddedServer
  let directory: String
  private static let rounds = 3
  private static let seconds = 3.0
  private static let connections = 16

  func run() async throws -> [Figure] {
    let hash = try Argon2().hash(Monolith.password)
    let monolith = try await Monolith(directory: directory + "/verify", server: server)
    defer { monolith.stop() }
    let address = try monolith.people(1, hash: hash)[0]
    let login = try HTTPConnection(port: monolith.port).exchange(Monolith.login(address))
    let opened = try JSONSerialization.jsonObject(with: Data(login.body)) as? [String: Any] ?? [:]
    guard let session = opened["session_token"] as? String else { throw BenchError("no session") }
    _ = try monolith.call(
      "POST", "/api/v1/organizations", token: session, #"{"slug":"acme","name":"Acme","region":"eu"}"#)
    let apiToken = try await token(
      monolith, "/api/v1/api-tokens", session, "token", #","name":"b","scopes":["org:read"]"#)
    let accessToken = try await token(monolith, "/api/v1/tokens", session, "access_token", "")
    for token in [apiToken, accessToken] {
      try await monolith.awaitAnswer(of: monolith.verifyPort, "/auth/verify/acme", Self.headers(token, "/"))
    }
    let health = HTTPConnection.request("GET", "/health")
    var rates: [String: [Double]] = [:]
    func measure(_ name: String, _ request: @escaping @Sendable (Int, Int) -> [UInt8]) async throws {
      let rate = try await Load.rate(
        port: monolith.verifyPort, connections: Self.connections, seconds: Self.seconds, expecting: 200, request)
      rates[name, default: []].append(rate)
    }
    for _ in 0..<Self.rounds {
      try await measure("health") { _, _ in health }
      // As an application gets them: a hundred paths that come again and again.
      for (name, token) in [("api", apiToken), ("access", accessToken)] {
        let known = (0..<100).map {
          HTTPConnection.request("GET", "/auth/verify/acme", Self.headers(token, "/app/\($0)"))
        }
        try await measure(name) { known[($0 * 7 + $1) % known.count] }
      }
      // Every request another path, so that none of the signed identities is of use again.
      try await measure("fresh") { connection, number in
        HTTPConnection.request(
          "GET", "/auth/verify/acme", Self.headers(apiToken, "/app/\(connection)/\(number)/\(number &* 2_654_435_761)"))
      }
    }
    let baseline = rates["health", default: []].median
    func figure(_ name: String, _ key: String, goal: Figure.Goal) -> Figure {
      Figure(name, ours: rates[key, default: []].median, baseline: baseline, unit: "1/s", goal: goal)
    }
    return [
      figure("/auth/verify by API token / health endpoint", "api", goal: .atLeast(0.5)),
      figure("/auth/verify by access token / health endpoint", "access", goal: .atLeast(0.5)),
      figure("/auth/verify, every path for the first time / health", "fresh", goal: .atLeast(0.25)),
    ]
  }

  private static func headers(_ token: String, _ path: String) -> [(String, String)] {
    [("authorization", "Bearer \(token)"), ("x-original-method", "GET"), ("x-original-uri", path)]
  }

  /// Asks until the organization is there.
  private func token(
    _ monolith: Monolith, _ path: String, _ session: String, _ name: String, _ more: String
  ) async throws -> String {
    for _ in 0..<100 {
      do {
        let answer = try monolith.call("POST", path, token: session, "{\"organization\":\"acme\"\(more)}")
        if let token = answer[name] as? String { return token }
      } catch is BenchError {}
      try await Task.sleep(for: .milliseconds(100))
    }
    throw BenchError("\(path) gives no token")
  }
}
