internal import Crypto
package import FoundationEssentials
internal import Outbox
package import Silo
package import SyncProtocol

/// Third-party clients: what operators register, change and end.
package struct ClientService: Sendable {
  private let environment: ControlEnvironment
  private let idTokenKeys: IDTokenKeys

  package init(environment: ControlEnvironment, idTokenKeys: IDTokenKeys) {
    self.environment = environment
    self.idTokenKeys = idTokenKeys
  }

  /// What an operator enters.
  package struct Draft: Sendable {
    package var name: String
    package var authentication: ClientStore.Method
    package var redirectURIs: [String]
    package var logoutURIs: [String] = []
    package var origins: [String] = []
    package var scopes: [String] = ["openid", "profile", "email"]
    package var keys: JSONValue?
    package var isTrusted = false
    package var backchannelLogoutURI: String?

    package init(name: String, authentication: ClientStore.Method, redirectURIs: [String]) {
      self.name = name
      self.authentication = authentication
      self.redirectURIs = redirectURIs
    }
  }

  /// - Returns: the client and, where it has one, its secret, which is shown once.
  /// - Throws: ``ControlError/Code/clientInvalid``, ``ControlError/Code/tooManyClients``
  package func create(
    _ draft: Draft, by actor: OperatorID
  ) async throws -> (client: ClientStore.Client, secret: String?) {
    let client = try Self.checked(draft)
    try await idTokenKeys.ensure()
    let secret = client.authentication.hasSecret ? TokenFormat.clientSecret.mint() : nil
    let created = try await environment.write { control in
      guard try await ClientStore.count(on: control) < environment.limits.provider.clients else {
        throw ControlError(.tooManyClients)
      }
      try await ClientStore.insert(client, by: actor, on: control)
      if let secret {
        try await ClientStore.addSecret(
          TokenFormat.digest(of: secret), of: client.id, at: environment.now(), on: control)
      }
      try await AuditStore.append(.operator(actor), "client.create", client.id, on: control)
      return try await ClientStore.find(client.id, on: control)
    }
    return (created ?? client, secret)
  }

  package func all() async throws -> [ClientStore.Client] {
    let limit = environment.limits.page
    return try await environment.database.withConnection { try await ClientStore.all(limit: limit, on: $0) }
  }

  /// Ends a client, its secrets and everything it was given.
  /// - Throws: ``ControlError/Code/clientUnknown``
  package func revoke(_ id: String, by actor: OperatorID) async throws {
    try await environment.write { control in
      guard try await ClientStore.find(id, locking: true, on: control) != nil else {
        throw ControlError(.clientUnknown)
      }
      guard try await ClientStore.revoke(id, at: environment.now(), on: control) else { return }
      try await AuditStore.append(.operator(actor), "client.revoke", id, on: control)
    }
  }

  /// A new secret. The old ones go on for `overlap` seconds.
  /// - Throws: ``ControlError/Code/clientUnknown``, ``ControlError/Code/clientInvalid`` for a client without secrets.
  package func rotate(
    _ id: String, overlap: Int64, by actor: OperatorID
  ) async throws -> (secret: String, oldEnds: Date) {
    guard (0...environment.limits.provider.longestSecretOverlap).contains(overlap) else {
      throw ControlError(.clientInvalid, "The old secret goes on for at most a week.")
    }
    let secret = TokenFormat.clientSecret.mint()
    let ends = environment.after(overlap)
    try await environment.write { control in
      guard let client = try await ClientStore.find(id, locking: true, on: control), client.revoked == nil else {
        throw ControlError(.clientUnknown)
      }
      guard client.authentication.hasSecret else {
        throw ControlError(.clientInvalid, "This client has no secret.")
      }
      try await ClientStore.endSecrets(of: id, by: ends, on: control)
      try await ClientStore.addSecret(TokenFormat.digest(of: secret), of: id, at: environment.now(), on: control)
      try await AuditStore.append(.operator(actor), "client.rotate", id, on: control)
    }
    return (secret, ends)
  }

  private static func checked(_ draft: Draft) throws(ControlError) -> ClientStore.Client {
    func refuse(_ detail: String) -> ControlError { ControlError(.clientInvalid, detail) }
    guard let name = DisplayName(draft.name) else { throw ControlError(.nameInvalid) }
    let isPublic = draft.authentication == .none
    guard (1...20).contains(draft.redirectURIs.count), draft.logoutURIs.count <= 20, draft.origins.count <= 20 else {
      throw refuse("A client has 1 to 20 redirect URIs, and at most 20 logout URIs and origins.")
    }
    guard (draft.redirectURIs + draft.logoutURIs).allSatisfy({ RedirectURI.isUsable($0, isPublic: isPublic) }) else {
      throw refuse(
        "A URI is https, http on a loopback address, or for a public client its own scheme with a dot; host in lower "
          + "case, no user, fragment or wildcard, at most 1024 bytes.")
    }
    guard draft.origins.allSatisfy(RedirectURI.isOrigin), isPublic || draft.origins.isEmpty else {
      throw refuse("Origins are scheme://host[:port] without a path, and belong to public clients.")
    }
    let callback = draft.backchannelLogoutURI
    guard callback.map({ RedirectURI.isUsable($0, isPublic: false) && $0.utf8.count >= 8 }) ?? true else {
      throw refuse("A back-channel logout URI is https, or http on a loopback address; no user, fragment or wildcard.")
    }
    let scopes = draft.scopes.compactMap { ProviderScope(rawValue: $0) }
    guard scopes.count == draft.scopes.count, Set(scopes).count == scopes.count, scopes.contains(.openid) else {
      throw refuse("Scopes are openid and any of profile, email, offline_access and region.")
    }
    let keys = draft.keys.flatMap { ClientKeySet($0) }
    guard (draft.keys != nil) == (draft.authentication == .privateKey), (draft.keys != nil) == (keys != nil) else {
      throw refuse(
        "A client with private_key_jwt, and no other, has a JWK set of 1 to 8 public keys with names of their own.")
    }
    var client = ClientStore.Client(
      id: newID(), name: name.text, authentication: draft.authentication, redirectURIs: draft.redirectURIs,
      logoutURIs: draft.logoutURIs, origins: draft.origins, scopes: scopes.map(\.rawValue), keys: keys?.text,
      isTrusted: draft.isTrusted)
    client.backchannelLogoutURI = callback
    return client
  }

  /// 130 random bits in base 32 after a prefix that no region's name can have.
  private static func newID() -> String {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    let random = SymmetricKey(size: .init(bitCount: 26 * 8)).withUnsafeBytes { Array($0) }
    return "client_" + String(decoding: random.map { alphabet[Int($0 & 31)] }, as: UTF8.self)
  }
}
