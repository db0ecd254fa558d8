internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Web

/// What the endpoints for clients have in common: a rate by address before anything else, the client's proof, errors in the words of RFC 6749 §5.2, and
/// CORS for the client's own origins.
struct ClientEndpoint: Sendable {
  let environment: ControlEnvironment
  let authentication: ClientAuthentication
  let origins: CrossOrigin
  /// By address: a stranger cannot use up a client's rate.
  let addresses: RequestRates

  /// Bytes of a form.
  private static let longest = 16 * 1024

  /// - Parameter body: answers a client that has proven itself; throws ``OAuthError``.
  func answer(
    _ request: Request, _ context: WebContext,
    _ body: (ProviderClient, OAuthParameters) async throws -> Response
  ) async throws -> Response {
    guard
      addresses.take(environment.network(of: request, context), now: environment.now().timeIntervalSince1970)
    else { return Self.slowDown }
    let form = try await request.form(limit: Self.longest)
    var client: ProviderClient?
    var response: Response
    do {
      let parameters = OAuthParameters(form)
      let known = try await authentication.client(of: request, parameters)
      client = known
      response = try await body(known, parameters)
    } catch let error as OAuthError {
      response = error.response(usedBasic: ClientAuthentication.usesBasic(request))
    }
    if let pragma = HTTPField.Name("Pragma") { response.headers[pragma] = "no-cache" }
    response.headers[.cacheControl] = "no-store"
    return try await origins.marked(response, for: request, of: client)
  }

  /// For who asks too often.
  static var slowDown: Response {
    OAuthError(.temporarilyUnavailable, "Too many requests").response(isThrottled: true)
  }
}
