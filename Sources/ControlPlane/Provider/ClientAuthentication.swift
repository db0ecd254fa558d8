internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Outbox
internal import Silo
internal import SyncProtocol

/// Finds out which client asks, by the one method that is registered for it (RFC 6749 §2.3, RFC 7523 §2.2).
struct ClientAuthentication: Sendable {
  let environment: ControlEnvironment

  private enum Proof {
    case none
    case basic(String)
    case post(String)
    case assertion(String)

    var method: ClientStore.Method {
      switch self {
      case .none: .none
      case .basic: .basic
      case .post: .post
      case .assertion: .privateKey
      }
    }
  }

  /// Whether the request tries HTTP authentication.
  static func usesBasic(_ request: Request) -> Bool { request.headers[.authorization] != nil }

  /// - Throws: ``OAuthError/Code/invalidClient``, the same for unknown clients, wrong secrets and wrong methods;
  ///   ``OAuthError/Code/invalidRequest`` for two methods at once.
  func client(of request: Request, _ parameters: OAuthParameters) async throws -> ProviderClient {
    let (id, proof) = try Self.proof(of: request, parameters)
    return try await environment.database.withConnection { control in
      guard let client = try await ProviderClient.find(id, on: control), client.authentication == proof.method else {
        throw Self.refused
      }
      switch proof {
      case .none: break
      case .basic(let secret), .post(let secret):
        guard TokenFormat.clientSecret.recognizes(secret) else { throw Self.refused }
        let digest = TokenFormat.digest(of: secret)
        let known = try await ClientStore.secrets(of: id, at: environment.now(), on: control)
        guard known.contains(where: { equalInConstantTime($0, digest) }) else { throw Self.refused }
      case .assertion(let text): try await take(text, of: client, on: control)
      }
      return client
    }
  }

  private static let refused = OAuthError(.invalidClient, "The client could not be authenticated")

  /// An assertion is good once, for all replicas: it is noted before anything is done for it.
  private func take(_ text: String, of client: ProviderClient, on control: ControlConnection) async throws {
    let keys = try await client.keys(on: control)
    let accepted: ClientAssertion.Accepted
    do {
      accepted = try ClientAssertion.verify(
        text, client: client.id, issuer: environment.site.url, keys: keys, isRegion: client.region != nil,
        now: environment.seconds)
    } catch {
      environment.logger.notice("a client assertion was refused", metadata: ["reason": "\(error.rawValue)"])
      throw Self.refused
    }
    let expires = Date(timeIntervalSince1970: Double(accepted.expiresAt))
    let isNew = try await ClientAssertionStore.take(
      TokenFormat.digest(of: accepted.id), of: client.id, until: expires, on: control)
    guard isNew else {
      // Only somebody who saw a good one can show it again.
      try await AuditStore.append(.system, "oauth.assertion_replay", client.id, isAlarm: true, on: control)
      throw Self.refused
    }
  }

  private static func proof(
    of request: Request, _ parameters: OAuthParameters
  ) throws(OAuthError) -> (client: String, proof: Proof) {
    let named = try parameters.optional("client_id")
    var found: [(client: String, proof: Proof)] = []
    if usesBasic(request) {
      guard let (id, secret) = basic(request) else { throw refused }
      found.append((id, .basic(secret)))
    }
    if let secret = try parameters.optional("client_secret") { found.append((named ?? "", .post(secret))) }
    if let assertion = try parameters.optional("client_assertion") {
      guard try parameters.required("client_assertion_type") == ClientAssertion.formType else {
        throw OAuthError(.invalidRequest, "The client_assertion_type is not known")
      }
      found.append((ClientAssertion.claimedClient(assertion) ?? "", .assertion(assertion)))
    }
    guard found.count <= 1 else { throw OAuthError(.invalidRequest, "A client proves itself in one way") }
    guard let first = found.first else {
      guard let named else { throw refused }
      return (named, .none)
    }
    guard named == nil || named == first.client else { throw refused }
    return first
  }

  /// Ids and secrets have only characters that the encoding of RFC 6749 §2.3.1 leaves as they are.
  private static func basic(_ request: Request) -> (client: String, secret: String)? {
    guard let value = request.headers[.authorization], value.utf8.count <= 512 else { return nil }
    let parts = value.split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "basic",
      let bytes = Base64.decode(String(parts[1]), .standard), let text = String(validating: bytes, as: UTF8.self)
    else { return nil }
    let pair = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2 else { return nil }
    return (String(pair[0]), String(pair[1]))
  }
}
