internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

extension OrganizationAPI {
  func addStalenessRoutes(to organization: RouterGroup<WebContext>) {
    organization.get("staleness", use: readStaleness).put("staleness", use: setStaleness)
      .delete("staleness", use: resetStaleness)
  }

  @concurrent
  private func readStaleness(_ request: Request, context: WebContext) async throws -> Response {
    try await reading(request, context) { access, _ in Response(json: .object(access.policy.json)) }
  }

  @concurrent
  private func setStaleness(_ request: Request, context: WebContext) async throws -> Response {
    let policy = try StalenessPolicy(try await request.json())
    return try await writing(request, context, .setStaleness) { access, connection in
      try await StalenessStore.set(policy, of: access.organization.id, on: connection)
      return Response(json: .object(policy.json))
    }
  }

  @concurrent
  private func resetStaleness(_ request: Request, context: WebContext) async throws -> Response {
    try await writing(request, context, .setStaleness) { access, connection in
      try await StalenessStore.reset(access.organization.id, on: connection)
      return Response(json: .object(StalenessPolicy.standard.json))
    }
  }
}

extension StalenessPolicy {
  /// From `{"degraded_seconds": …, "closed_seconds": …, "refused": […]}`, all of them given; null means never.
  init(_ body: JSONReader) throws {
    try body.only("degraded_seconds", "closed_seconds", "refused")
    let degraded = try body.field("degraded_seconds").bound(from: 5)
    let closed = try body.field("closed_seconds").bound(from: 10)
    if let degraded, let closed, degraded > closed {
      throw Problem.badRequest("closed_seconds is not below degraded_seconds.")
    }
    let refused = try body.field("refused").array(maximum: Refusal.allCases.count).map { element in
      try element.parsed("one of administration, changes and api_tokens") { Refusal(rawValue: $0) }
    }
    self.init(degradedSeconds: degraded, closedSeconds: closed, refused: Set(refused))
  }

  var json: JSONObject {
    [
      "degraded_seconds": degradedSeconds.map { .integer($0) } ?? .null,
      "closed_seconds": closedSeconds.map { .integer($0) } ?? .null,
      "refused": .array(refused.map(\.rawValue).sorted().map { .string($0) }),
    ]
  }
}

extension JSONReader {
  /// Seconds up to a year, or null.
  fileprivate func bound(from least: Int64) throws(JSONError) -> Int64? {
    value == .null ? nil : try integer(in: least...31_536_000)
  }
}
