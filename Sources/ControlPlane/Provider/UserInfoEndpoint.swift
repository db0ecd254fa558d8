internal import HTTPTypes
internal import Hummingbird
internal import Outbox
internal import Silo
internal import SyncProtocol
internal import Web

/// `/oauth/userinfo`: what a client may know of a person, as it is now (OpenID Connect Core §5.3).
struct UserInfoEndpoint: Sendable {
  let environment: ControlEnvironment
  let origins: CrossOrigin

  /// Regions of one person that are listed.
  private static let maximumRegions = 256

  func answer(_ request: Request) async throws -> Response {
    let (response, client) = try await respond(request)
    return try await origins.marked(response, for: request, of: client)
  }

  private func respond(_ request: Request) async throws -> (Response, ProviderClient?) {
    guard let text = try await Self.token(of: request) else { return (Self.refusal(nil), nil) }
    return try await environment.database.withConnection { control in
      let keys = try await TokenKeyStore.usable(on: control)
      let token: UserInfoToken
      do {
        token = try UserInfoToken.verify(text, keys: keys, site: environment.site, now: environment.seconds)
      } catch { return (Self.refusal("invalid_token"), nil) }
      guard
        let family = try await AuthorizationStore.find(token.authorization, now: environment.now(), on: control),
        !family.isRevoked, family.isLive, family.user == token.user, family.party == .client(token.client),
        let client = try await ProviderClient.find(token.client, on: control)
      else { return (Self.refusal("invalid_token"), nil) }
      let claims = try await claims(of: family, scopes: token.scopes, on: control)
      return (Response(json: .object(claims)), client)
    }
  }

  private func claims(
    of family: AuthorizationStore.Authorization, scopes: [ProviderScope], on control: ControlConnection
  ) async throws -> JSONObject {
    var claims: JSONObject = ["sub": .string(family.user.description)]
    if scopes.contains(.profile) { claims["name"] = .string(family.name) }
    if scopes.contains(.email) {
      claims["email"] = .string(family.email)
      claims["email_verified"] = true
    }
    if scopes.contains(.region) {
      let regions = try await GrantStore.regions(of: family.user, limit: Self.maximumRegions, on: control)
      claims["atoll_regions"] = .array(regions.map { ["name": .string($0.name), "url": .string($0.url)] })
    }
    return claims
  }

  /// From the header, or from the form of a POST; never from the query, which ends up in logs.
  private static func token(of request: Request) async throws -> String? {
    let header = request.bearerToken
    guard request.method == .post, request.headers[.contentType] != nil else { return header }
    let field = try await request.form(limit: 8192)["access_token"]
    return header == nil ? field : field == nil ? header : nil
  }

  private static func refusal(_ error: String?) -> Response {
    var response = Response(json: ["error": .string(error ?? "invalid_request")], status: .unauthorized)
    response.headers[.wwwAuthenticate] = error.map { "Bearer error=\"\($0)\"" } ?? "Bearer"
    return response
  }
}
