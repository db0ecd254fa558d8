public import FoundationEssentials

/// A UUID that names one kind of thing, so that a user's id is no organization's. Minted as UUIDv7: never re-mintable after a restore.
public struct Identifier<Subject>: Sendable, Hashable, Comparable, LosslessStringConvertible {
  public let uuid: UUID

  public init(_ uuid: UUID) { self.uuid = uuid }

  /// Accepts the 36-character form with hyphens, in either case.
  public init?(_ description: String) {
    guard description.utf8.count == 36, let uuid = UUID(uuidString: description) else { return nil }
    self.uuid = uuid
  }

  /// The lower-case form with hyphens, as PostgreSQL prints it.
  public var description: String { uuid.uuidString.lowercased() }

  public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}

/// What identifiers name. The cases exist only as types.
public enum Subject {
  public enum User {}
  public enum Organization {}
  public enum Grant {}
  public enum Invitation {}
  public enum Operation {}
  public enum Operator {}
  public enum Session {}
  public enum Region {}
  public enum APIToken {}
  public enum Revision {}
  public enum Rollout {}
  /// One login of one person at one OpenID client.
  public enum Authorization {}
}

public typealias UserID = Identifier<Subject.User>
public typealias OrganizationID = Identifier<Subject.Organization>
public typealias GrantID = Identifier<Subject.Grant>
public typealias InvitationID = Identifier<Subject.Invitation>
public typealias OperationID = Identifier<Subject.Operation>
public typealias OperatorID = Identifier<Subject.Operator>
public typealias SessionID = Identifier<Subject.Session>
public typealias APITokenID = Identifier<Subject.APIToken>
public typealias AuthorizationID = Identifier<Subject.Authorization>
public typealias RegionID = Identifier<Subject.Region>
public typealias RevisionID = Identifier<Subject.Revision>
public typealias RolloutID = Identifier<Subject.Rollout>
