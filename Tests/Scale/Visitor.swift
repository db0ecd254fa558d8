import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import SyncProtocol

/// Somebody who is let in by every region, is suspended, and is refused by every region, again and again.
struct Visitor: Sendable {
  let operators: OperatorClient
  let person: Person
  let user: String
  /// An organization in each region, in their order.
  let organizations: [String]
  /// Where each region answers proxies.
  let ports: [Int]

  /// Between two looks at one region.
  private static let interval = Duration.milliseconds(25)
  private static let patience = Duration.seconds(120)

  /// Milliseconds from sending the suspension to each region's first refusal, ascending.
  func rounds(_ count: Int) async throws -> [Double] {
    var delays: [Double] = []
    for _ in 0..<count { delays += try await round() }
    return delays.sorted()
  }

  private func round() async throws -> [Double] {
    let path = "/api/v1/operator/users/\(user)/status"
    try await operators.post(path, ["status": "active"])
    let session = OperatorClient(url: operators.url, token: try await person.session())
    let tokens = try await tokens(of: session)
    _ = try await each(tokens) { port, token in try await wait(port, token) { $0 == .ok } }
    let began = ContinuousClock.now
    return try await withThrowingTaskGroup(of: [Double].self) { group in
      group.addTask {
        try await each(tokens) { port, token in
          (try await wait(port, token) { $0 == .unauthorized || $0 == .forbidden } - began) / .milliseconds(1)
        }
      }
      group.addTask {
        try await operators.post(path, ["status": "suspended"])
        return []
      }
      var delays: [Double] = []
      for try await part in group { delays += part }
      return delays
    }
  }

  private func tokens(of session: OperatorClient) async throws -> [String] {
    var tokens: [String] = []
    for organization in organizations {
      let answer = try await session.post("/api/v1/tokens", ["organization": .string(organization)])
      tokens.append(try answer.field("access_token").string())
    }
    return tokens
  }

  private func each<Value: Sendable>(
    _ tokens: [String], _ body: @escaping @Sendable (_ port: Int, _ token: String) async throws -> Value
  ) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
      for (port, token) in zip(ports, tokens) { group.addTask { try await body(port, token) } }
      var values: [Value] = []
      for try await value in group { values.append(value) }
      return values
    }
  }

  /// Asks a region until its answer is one of these; returns when it was sent.
  private func wait(
    _ port: Int, _ token: String, until isWanted: (HTTPResponseStatus) -> Bool
  ) async throws -> ContinuousClock.Instant {
    let index = ports.firstIndex(of: port) ?? 0
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/auth/verify/\(organizations[index])")
    request.headers.add(name: "authorization", value: "Bearer \(token)")
    request.headers.add(name: "x-original-method", value: "GET")
    request.headers.add(name: "x-original-uri", value: "/")
    let deadline = ContinuousClock.now + Self.patience
    while ContinuousClock.now < deadline {
      let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
      _ = try await response.body.collect(upTo: 65_536)
      if isWanted(response.status) { return .now }
      try await Task.sleep(for: Self.interval)
    }
    throw ControlProcess.Failure(description: "the region at \(port) does not answer as it should")
  }
}
