internal import Outbox
internal import Silo
internal import SyncProtocol

/// A client of the OpenID provider: a region from the registry, or a third party that an operator registered.
struct ProviderClient: Sendable {
  enum Kind: Sendable {
    case region(RegionStore.Region)
    case thirdParty(ClientStore.Client)
  }

  let kind: Kind

  /// A region's name is its client id; ids of others hold an underscore, which no region's name has.
  var id: String {
    switch kind {
    case .region(let region): region.name.text
    case .thirdParty(let client): client.id
    }
  }

  var name: String {
    switch kind {
    case .region(let region): region.name.text
    case .thirdParty(let client): client.name
    }
  }

  var region: RegionStore.Region? {
    if case .region(let region) = kind { return region }
    return nil
  }

  var party: AuthorizationStore.Party {
    switch kind {
    case .region(let region): .region(region.number)
    case .thirdParty(let client): .client(client.id)
    }
  }

  /// Where codes may go: of a region below the URL that an operator entered, whatever the region says.
  var redirectURIs: [String] {
    switch kind {
    case .region(let region): [region.url + "/auth/callback"]
    case .thirdParty(let client): client.redirectURIs
    }
  }

  var logoutURIs: [String] {
    switch kind {
    case .region(let region): [region.url + "/"]
    case .thirdParty(let client): client.logoutURIs
    }
  }

  var origins: [String] {
    if case .thirdParty(let client) = kind { return client.origins }
    return []
  }

  var scopes: Set<ProviderScope> {
    switch kind {
    case .region(let region): ProviderScope.allowed(region.tier)
    case .thirdParty(let client): Set(client.scopes.compactMap { ProviderScope(rawValue: $0) })
    }
  }

  var authentication: ClientStore.Method {
    switch kind {
    case .region: .privateKey
    case .thirdParty(let client): client.authentication
    }
  }

  /// Whether the client is told of the end of a login, so that it has to be known as long as that may end.
  var wantsLogouts: Bool {
    if case .thirdParty(let client) = kind { return client.backchannelLogoutURI != nil }
    return false
  }

  var needsConsent: Bool {
    switch kind {
    case .region: false
    case .thirdParty(let client): !client.isTrusted
    }
  }

  /// The client with this id, if it is in use: a region that an operator admitted, a client that was not revoked.
  static func find(_ id: String, on control: ControlConnection) async throws -> ProviderClient? {
    guard id.utf8.count <= 64 else { return nil }
    if let name = name(id) {
      guard let region = try await RegionStore.find(name, on: control), region.state == .active else { return nil }
      return ProviderClient(kind: .region(region))
    }
    guard let client = try await ClientStore.find(id, on: control), client.revoked == nil else { return nil }
    return ProviderClient(kind: .thirdParty(client))
  }

  private static func name(_ id: String) -> RegionName? {
    do { return try RegionName(id) } catch { return nil }
  }

  /// The keys that the client signs assertions with: of a region those of its admitted agents.
  func keys(on control: ControlConnection) async throws -> [JWTVerificationKey] {
    switch kind {
    case .region(let region):
      return try await RegionKeyStore.known(region.id, purpose: .agent, on: control).values
        .filter { $0.state == .active }.map { JWTVerificationKey($0.key) }
    case .thirdParty(let client): return ClientKeySet(stored: client.keys)?.keys ?? []
    }
  }
}
