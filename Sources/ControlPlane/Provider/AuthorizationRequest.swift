internal import Silo
internal import SyncProtocol
internal import Web

/// What a client asks of the authorization endpoint (OpenID Connect Core §3.1.2.1), after everything in it was checked that needs no person.
struct AuthorizationRequest: Sendable {
  enum Prompt: String, Sendable, Hashable {
    case none, login, consent
    case selectAccount = "select_account"
  }

  let client: ProviderClient
  /// Exactly one that is registered.
  let redirectURI: String
  let scopes: [ProviderScope]
  let state: String?
  let nonce: String?
  /// The SHA-256 of the verifier (RFC 7636, S256).
  let challenge: [UInt8]
  let prompt: Set<Prompt>
  /// Seconds since the person last proved who they are, at most.
  let maximumAge: Int64?
  /// The person must have proved who they are since then, in seconds since 1970: what `prompt=login` becomes while the person logs in.
  let after: Int64?
  /// An earlier ID token that says who is expected.
  let hint: String?

  /// Bytes of the request as a path of our own.
  static let maximumBytes = 3800

  /// - Parameters:
  ///   - client: the one whose id stands in the request.
  ///   - redirectURI: registered for the client, so that errors may go there.
  /// - Throws: ``OAuthError``, to be told to the client.
  init(_ parameters: OAuthParameters, client: ProviderClient, redirectURI: String) throws(OAuthError) {
    self.client = client
    self.redirectURI = redirectURI
    state = try parameters.printable("state", bytes: 1024)
    if try parameters.optional("request") != nil {
      throw OAuthError(.requestNotSupported, "Request objects are not taken")
    }
    if try parameters.optional("request_uri") != nil {
      throw OAuthError(.requestURINotSupported, "Request objects are not taken")
    }
    if try parameters.optional("registration") != nil {
      throw OAuthError(.registrationNotSupported, "Clients are registered by an operator")
    }
    guard try parameters.required("response_type") == "code" else {
      throw OAuthError(.unsupportedResponseType, "The response_type is code")
    }
    guard try parameters.optional("response_mode") ?? "query" == "query" else {
      throw OAuthError(.invalidRequest, "The response_mode is query")
    }
    guard try parameters.required("code_challenge_method") == "S256",
      let challenge = Base64.decode(try parameters.required("code_challenge")), challenge.count == 32
    else { throw OAuthError(.invalidRequest, "PKCE with S256 is mandatory: code_challenge has 43 characters") }
    self.challenge = challenge
    scopes = try ProviderScope.granted(
      try parameters.printable("scope", bytes: 512) ?? "", of: client.scopes)
    nonce = try parameters.printable("nonce", bytes: 255)
    guard client.region == nil || nonce != nil else { throw OAuthError(.invalidRequest, "A region sends a nonce") }
    prompt = try Self.prompt(try parameters.printable("prompt", bytes: 64) ?? "")
    maximumAge = try Self.seconds(parameters, "max_age")
    after = try Self.seconds(parameters, "atoll_after")
    hint = try parameters.printable("id_token_hint", bytes: 4096)
    guard path(forLogin: nil).utf8.count <= Self.maximumBytes else {
      throw OAuthError(.invalidRequest, "The request is too long")
    }
  }

  private static func prompt(_ text: String) throws(OAuthError) -> Set<Prompt> {
    var prompt: Set<Prompt> = []
    for word in text.split(separator: " ") {
      guard let value = Prompt(rawValue: String(word)) else {
        throw OAuthError(.invalidRequest, "A value of prompt is not known")
      }
      prompt.insert(value)
    }
    guard !prompt.contains(.none) || prompt.count == 1 else {
      throw OAuthError(.invalidRequest, "The prompt none stands alone")
    }
    return prompt
  }

  private static func seconds(_ parameters: OAuthParameters, _ name: String) throws(OAuthError) -> Int64? {
    guard let text = try parameters.optional(name) else { return nil }
    guard let value = Int64(text), (0...1 << 40).contains(value), String(value) == text else {
      throw OAuthError(.invalidRequest, "A parameter is not a number of seconds: \(name)")
    }
    return value
  }

  /// Whether the person must prove anew who they are, whatever the session.
  var asksForLogin: Bool { prompt.contains(.login) || prompt.contains(.selectAccount) }

  /// The request again as a path of our own.
  ///
  /// - Parameter now: after a login: what asked for it is taken out, and the login must be newer than `now` where a new one was asked for.
  func path(forLogin now: Int64?) -> String {
    var pairs = [
      ("client_id", client.id), ("redirect_uri", redirectURI), ("response_type", "code"),
      ("scope", ProviderScope.text(scopes)), ("code_challenge", Base64.encode(challenge)),
      ("code_challenge_method", "S256"),
    ]
    if let state { pairs.append(("state", state)) }
    if let nonce { pairs.append(("nonce", nonce)) }
    if prompt.contains(.consent) { pairs.append(("prompt", "consent")) }
    if let now, asksForLogin || maximumAge != nil {
      pairs.append(("atoll_after", String(now)))
    } else {
      if let maximumAge { pairs.append(("max_age", String(maximumAge))) }
      if let after { pairs.append(("atoll_after", String(after))) }
    }
    return ProviderPath.authorize + "?" + URLQuery.text(pairs)
  }
}
