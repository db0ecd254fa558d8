internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Outbox
internal import Silo
internal import SyncProtocol
internal import Web

/// `/api/v1/applications`: the clients that a person let in, and how to take that back.
struct ApplicationRoutes: Sendable {
  let applications: Applications
  let authentication: Authentication

  func add(to router: Router<WebContext>) {
    router.get("/api/v1/applications") { request, _ in
      let session = try await authentication.session(of: request)
      let consents = try await applications.list(of: session.user).map { consent -> JSONValue in
        [
          "client_id": .string(consent.client), "name": .string(consent.name),
          "scopes": .array(consent.scopes.map { .string($0) }),
          "granted_at": .string(consent.granted.formatted(.iso8601)),
        ]
      }
      return Response(json: ["applications": .array(consents)])
    }
    router.delete("/api/v1/applications/{id}") { request, context in
      let session = try await authentication.session(of: request)
      try await applications.withdraw(context.parameters.get("id") ?? "", of: session.user)
      return Response(status: .noContent)
    }
  }
}
