internal import FoundationEssentials
internal import Outbox
internal import Silo

/// Makes the tokens of an answer, in the transaction that decides it.
struct TokenMint: Sendable {
  let environment: ControlEnvironment
  let tokenKeys: TokenKeys
  let idTokenKeys: IDTokenKeys

  /// For whom, and about what.
  struct Order: Sendable {
    let family: AuthorizationStore.Authorization
    let client: ProviderClient
    let scopes: [ProviderScope]
    /// The URL of a region, to which the access token speaks (RFC 8707); nil for the provider itself, or the region that asks.
    let resource: String?
    let nonce: String?
  }

  /// - Throws: ``OAuthError`` when the person has nothing to do with the region; ``ControlError/Code/reconciling``,
  ///   ``ControlError/Code/noTokenKey``
  func tokens(_ order: Order, refreshToken: String?, on control: ControlConnection) async throws -> TokenAnswer {
    guard let key = try await tokenKeys.signing(on: control) else { throw ControlError(.noTokenKey) }
    let access = try await accessToken(order, key, on: control)
    let signer = order.client.region == nil ? try await idTokenKeys.signing(on: control) : key.jwt
    guard let access, let id = try await idToken(order, on: control).signed(by: signer) else {
      throw ControlError(.noTokenKey)
    }
    return TokenAnswer(
      accessToken: access, expiresIn: AccessToken.lifetime, idToken: id, refreshToken: refreshToken,
      scopes: order.scopes)
  }

  private func accessToken(
    _ order: Order, _ key: TokenSigningKey, on control: ControlConnection
  ) async throws -> String? {
    let family = order.family
    let unique = environment.identifiers.uuid().uuidString.lowercased()
    if let region = try await region(of: order, on: control) {
      return AccessToken(
        user: family.user, organization: nil, region: region.name, epoch: family.epoch, session: family.session,
        client: order.client.region == nil ? order.client.id : nil,
        authorization: order.client.region == nil ? family.id : nil, id: unique, issuedAt: environment.seconds
      ).signed(by: key)
    }
    return UserInfoToken(
      user: family.user, authorization: family.id, client: order.client.id, scopes: order.scopes, id: unique,
      issuedAt: environment.seconds
    ).signed(by: key, site: environment.site)
  }

  /// The region that the access token is for. A region that the person has nothing to do with looks like none.
  private func region(of order: Order, on control: ControlConnection) async throws -> RegionStore.Region? {
    let region: RegionStore.Region
    if let own = order.client.region {
      guard order.resource == nil || order.resource == own.url else { throw Self.noTarget }
      guard try await GrantStore.isLive(user: order.family.user, region: own.id, on: control),
        try await SessionRegionStore.note(order.family.session, in: own.number, on: control)
      else { throw OAuthError(.invalidGrant, "The code is not valid for this client and request") }
      region = own
    } else {
      guard let url = order.resource else { return nil }
      guard order.scopes.contains(.region), let found = try await RegionStore.find(url: url, on: control),
        try await GrantStore.isLive(user: order.family.user, region: found.id, on: control)
      else { throw Self.noTarget }
      guard try await willHear(found.number, of: order.family, on: control) else {
        throw OAuthError(.invalidGrant, "The login has ended")
      }
      region = found
    }
    try await GrantGate.require(.token(region.number), on: control)
    return region
  }

  /// A token must outlive neither its session nor its family: the region hears of the end of both. False when one has ended.
  private func willHear(
    _ region: RegionNumber, of family: AuthorizationStore.Authorization, on control: ControlConnection
  ) async throws -> Bool {
    if try await !SessionRegionStore.isNoted(family.session, in: region, on: control) {
      guard try await SessionRegionStore.note(family.session, in: region, on: control) else { return false }
    }
    if try await SessionRegionStore.isNoted(family.id, in: region, on: control) { return true }
    return try await SessionRegionStore.note(family.id, in: region, on: control)
  }

  private static let noTarget = OAuthError(
    .invalidTarget, "The resource is no region in which the person and this client have anything to do")

  private func idToken(_ order: Order, on control: ControlConnection) async throws -> IDToken {
    let family = order.family
    var token = IDToken(
      issuer: environment.site.url, audience: order.client.id, user: family.user, session: family.session,
      issuedAt: environment.seconds, authenticatedAt: Int64(family.authenticated.timeIntervalSince1970),
      methods: family.methods)
    token.nonce = order.nonce
    if order.scopes.contains(.profile) { token.name = family.name }
    if order.scopes.contains(.email) { token.email = family.email }
    if order.client.region != nil {
      token.epoch = family.epoch
      token.position = try await AuthorizationStore.position(on: control)
    }
    return token
  }
}
