internal import SyncProtocol

/// Every kind that travels. A type with `?` may be NULL; the key is not repeated among the fields.
public enum ReplicatedModels {
  // Control -> region.
  public static let user = ReplicatedModel(
    "user", .toRegion, fields: [("name", "text?"), ("email", "text?")])
  /// Its own table and lane: a suspension overtakes everything. A region that has no status refuses.
  public static let userStatus = ReplicatedModel(
    "user_status", .toRegion, lane: .priority, receipt: .everywhere,
    fields: [("status", "text"), ("epoch", "int8"), ("receipt", "text?")])
  public static let tokenKey = ReplicatedModel(
    "token_key", .toRegion, lane: .priority, key: "kid", .text,
    fields: [("x", "text"), ("y", "text"), ("state", "text")])
  public static let organizationHome = ReplicatedModel(
    "organization_home", .toRegion, receipt: .region,
    fields: [
      ("slug", "text"), ("name", "text"), ("generation", "int8"), ("state", "text"), ("creator_grant_id", "uuid"),
      ("revision", "int8"), ("receipt", "text?"),
    ])
  public static let grant = ReplicatedModel(
    "grant", .toRegion, receipt: .region,
    fields: [
      ("organization_id", "uuid"), ("user_id", "uuid"), ("role", "text"), ("source", "text"),
      ("invitation_id", "uuid?"), ("state", "text"), ("receipt", "text?"),
    ])
  /// A region's own descriptor.
  public static let region = ReplicatedModel(
    "region", .toRegion, receipt: .region,
    fields: [
      ("name", "text"), ("url", "text"), ("category", "text"), ("locality", "text"), ("residency_tier", "text"),
      ("number", "int8"), ("receipt", "text?"),
    ])

  /// A session at control on which the region opened its own, or of which access tokens were made: the one lives only while this row is there and live,
  /// the others end when it ends.
  public static let controlSession = ReplicatedModel(
    "control_session", .toRegion, lane: .priority,
    fields: [("user_id", "uuid"), ("state", "text"), ("expires", "int8")])
  /// A live API token of an organization whose home the region is; an ended one is a remove. The digest is in hexadecimal.
  public static let apiToken = ReplicatedModel(
    "api_token", .toRegion, lane: .priority,
    fields: [
      ("organization_id", "uuid"), ("user_id", "uuid"), ("digest", "text"), ("scopes", "text"), ("expires", "int8"),
    ])
  /// A slug that an organization gave up and that still leads to it. The key is the one rest of the slug: another is another row.
  public static let formerSlug = ReplicatedModel(
    "former_slug", .toRegion, fields: [("organization_id", "uuid"), ("slug", "text")])
  /// Ring-gated: a region has the revision that is released to its ring. The value is a JSON document.
  public static let featureFlag = ReplicatedModel(
    "feature_flag", .toRegion, key: "name", .text, fields: [("revision", "int8"), ("value", "jsonb")])
  /// Ring-gated as well: settings that regions obey.
  public static let configuration = ReplicatedModel(
    "configuration", .toRegion, key: "name", .text, fields: [("revision", "int8"), ("value", "jsonb")])

  // Region -> control.
  public static let organization = ReplicatedModel(
    "organization", .toControl, fields: [("name", "text"), ("status", "text"), ("generation", "int8")])
  /// The key is the id of the grant that the membership rests on.
  public static let member = ReplicatedModel(
    "member", .toControl, fields: [("organization_id", "uuid"), ("user_id", "uuid"), ("role", "text")])
  public static let invitation = ReplicatedModel(
    "invitation", .toControl,
    fields: [
      ("organization_id", "uuid"), ("email", "text"), ("role", "text"), ("token_digest", "text"),
      ("expires_at", "timestamptz"), ("state", "text"),
    ])
  public static let team = ReplicatedModel(
    "team", .toControl, fields: [("organization_id", "uuid"), ("slug", "text"), ("name", "text")])
  public static let project = ReplicatedModel(
    "project", .toControl, fields: [("organization_id", "uuid"), ("slug", "text"), ("name", "text")])
  public static let projectKey = ReplicatedModel(
    "project_key", .toControl,
    fields: [("organization_id", "uuid"), ("project_id", "uuid"), ("public_key", "text"), ("status", "text")])

  /// The kinds whose changes reach one ring of regions after another.
  public static let ringGated = [featureFlag, configuration]
  public static let toRegion =
    [user, userStatus, tokenKey, organizationHome, formerSlug, grant, region, controlSession, apiToken] + ringGated
  public static let toControl = [organization, member, invitation, team, project, projectKey]
}
