public import FoundationEssentials

/// What a 5-minute access token says: who, for which region and maybe organization, at which epoch. Nothing about roles: those are the region's own.
///
/// On the wire it is a JWT (RFC 7519) of type `at+jwt` (RFC 9068), signed with ES256 and nothing else.
public struct AccessToken: Sendable, Hashable {
  public let user: UserID
  /// The one organization it is about; nil for a token of a person in the whole region.
  public let organization: OrganizationID?
  public let region: RegionName
  /// The user's epoch at issue. Below the replica's: refused. Above: accepted, and the region pulls.
  public let epoch: Int64
  /// Control's session that asked for it.
  public let session: SessionID
  /// The third-party client that acts for the person; nil for the person's own.
  public let client: String?
  /// The login of the person at that client, with which everything issued from it ends; nil for the person's own.
  public let authorization: AuthorizationID?
  /// Unique per token (`jti`).
  public let id: String
  /// Seconds since 1970.
  public let issuedAt: Int64
  public let expiresAt: Int64

  public init(
    user: UserID, organization: OrganizationID?, region: RegionName, epoch: Int64, session: SessionID,
    client: String? = nil, authorization: AuthorizationID? = nil, id: String, issuedAt: Int64,
    lifetime: Int64 = AccessToken.lifetime
  ) {
    self.user = user
    self.organization = organization
    self.region = region
    self.epoch = epoch
    self.session = session
    self.client = client
    self.authorization = authorization
    self.id = id
    self.issuedAt = issuedAt
    expiresAt = issuedAt + max(0, min(lifetime, Self.longestLifetime))
  }

  /// What it rests on at control: it ends with any of these.
  public var bases: [UUID] { [session.uuid] + (authorization.map { [$0.uuid] } ?? []) }

  /// The `typ` of its header.
  public static let type = "at+jwt"
  /// Seconds a token lives unless told otherwise.
  public static let lifetime: Int64 = 300
  /// Seconds beyond which a token is refused whatever it says.
  public static let longestLifetime: Int64 = 900
  /// Seconds by which clocks may differ, either way.
  public static let clockTolerance: Int64 = 120
  /// Who issues: every control plane uses this name, its keys tell planes apart.
  public static let issuer = "atoll:control"
  /// Bytes of a token that are looked at at all.
  public static let largest = 4096
}
