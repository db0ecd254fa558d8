internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

/// What a request shows of who is asking, judged by its form alone: whether it is control's, a region's, or somebody else's.
enum GatewayCredential: Sendable, Hashable {
  case none
  /// A session at control: exchanged, never passed on.
  case session(String)
  /// An organization's API token: passes to the region that it names.
  case apiToken(RegionName)
  /// An access token that control issued: passes to its audience.
  case accessToken(audience: String)
  /// The application's own: none of Atoll's business.
  case foreign
  /// Control's, and of no use at a region: operators, joining agents, clients, codes.
  case refused

  /// - Parameter issuer: control's name as an OpenID provider: what it signs for others is not for regions.
  init(_ request: Request, isIngest: Bool, issuer: String) {
    let values = request.headers[values: .authorization]
    guard values.count <= 1, !Self.holdsSecret(Substring(request.head.path ?? "").drop { $0 != "?" }) else {
      self = .refused
      return
    }
    guard let value = values.first else {
      self = .none
      return
    }
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else {
      let isTicket = ["negotiate", "ntlm", "digest"].contains(value.prefix { $0 != " " }.lowercased())
      self = isTicket || Self.holdsSecret(value[...]) || Self.holdsSecret(Self.basic(parts)) ? .refused : .foreign
      return
    }
    self = Self.bearer(parts[1].drop { $0 == " " }, issuer: issuer)
    // Events are sent by programs with a project key; a session there is a mistake, and is not passed on.
    if isIngest, case .session = self { self = .refused }
  }

  private static func bearer(_ token: Substring, issuer own: String) -> GatewayCredential {
    let text = String(token)
    if TokenFormat.session.recognizes(text) { return .session(text) }
    if text.hasPrefix(APITokenFormat.prefix) {
      return APITokenFormat.region(of: text).map { .apiToken($0) } ?? .refused
    }
    if holdsSecret(token) { return .refused }
    guard let claims = claims(token), let issuer = claims["iss"] else { return .foreign }
    guard case .string(let issuer) = issuer, issuer != own else { return .refused }
    guard issuer == AccessToken.issuer else { return .foreign }
    guard case .string(let audience) = claims["aud"] ?? .null else { return .refused }
    return .accessToken(audience: audience)
  }

  /// Whether a text holds anything that begins like a secret of control's.
  private static func holdsSecret(_ text: Substring) -> Bool {
    text.contains("atl") && TokenFormat.allCases.contains { text.contains($0.rawValue) }
  }

  private static func basic(_ parts: [Substring]) -> Substring {
    guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.decode(String(parts[1]), .standard)
    else { return "" }
    return Substring(String(decoding: bytes, as: UTF8.self))
  }

  /// The claims of a JWT, unverified: only to see whom it is for. Verifying is the region's.
  private static func claims(_ token: Substring) -> JSONObject? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, token.utf8.count <= AccessToken.largest, let bytes = Base64.decode(String(parts[1])) else {
      return nil
    }
    do {
      guard
        case .object(let claims) = try JSONParser.parse(bytes, limits: JSONLimits(maximumBytes: AccessToken.largest))
      else { return nil }
      return claims
    } catch {
      return nil
    }
  }
}
