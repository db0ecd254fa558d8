package import Hummingbird
internal import HTTPTypes
internal import SyncProtocol
package import Web

/// `POST /api/v1/tokens`: a session for an access token.
package struct TokenRoutes: Sendable {
  private let issuer: TokenIssuer
  private let authentication: Authentication

  package init(issuer: TokenIssuer, authentication: Authentication) {
    self.issuer = issuer
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.post("/api/v1/tokens") { request, _ in
      let session = try await authentication.session(of: request)
      let body = try await request.json(limit: 4096)
      try body.only("organization")
      let issued = try await issuer.issue(session, organization: try body.field("organization").string(bytes: 1...63))
      return Response(json: [
        "access_token": .string(issued.token), "token_type": "Bearer", "expires_in": .integer(issued.expiresIn),
        "region_url": .string(issued.regionURL),
      ])
    }
  }
}
