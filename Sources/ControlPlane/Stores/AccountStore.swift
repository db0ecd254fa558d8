internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// The end of accounts.
package enum AccountStore {
  /// The slugs of the organizations that nobody but this person owns. Their homes stay locked until the end of the transaction, so that of two owners
  /// who leave at once the second finds itself alone.
  package static func ownedAlone(by user: UserID, on control: ControlConnection) async throws -> [String] {
    _ = try await control.query(
      """
      SELECT h.id FROM directory.organization_home h
      WHERE h.id IN (SELECT organization_id FROM directory."grant" WHERE user_id = \(user.uuid) AND state = 'live')
      ORDER BY h.id FOR UPDATE
      """)
    return try await control.query(
      """
      SELECT h.slug FROM directory."grant" g JOIN directory.organization_home h ON h.id = g.organization_id
      LEFT JOIN directory.member m ON m.id = g.id
      WHERE g.user_id = \(user.uuid) AND g.state = 'live' AND h.state <> 'deleting'
        AND coalesce(m.role, g.role) = 'owner'
        AND NOT EXISTS (
          SELECT FROM directory."grant" o LEFT JOIN directory.member n ON n.id = o.id
          WHERE o.organization_id = h.id AND o.user_id <> \(user.uuid) AND o.state = 'live'
            AND coalesce(n.role, o.role) = 'owner')
      ORDER BY h.slug
      """
    ).decode(String.self)
  }

  /// Keeps which regions know a person who is deleted: they have the last word about them, should this database be restored from before. Before the grants end.
  package static func sayFarewell(to user: UserID, on control: ControlConnection) async throws {
    try await control.execute(
      """
      INSERT INTO directory.farewell (user_id, region)
      SELECT i.root_id, i.region FROM directory.interest i WHERE i.root_kind = 'user' AND i.root_id = \(user.uuid)
      ON CONFLICT (user_id, region) DO NOTHING
      """)
  }

  /// Deletes an account again whose deletion a restore of this database had lost.
  static func deleteAgain(_ user: UserID, now: Date, on control: ControlConnection) async throws {
    try await SessionStore.endAll(of: user, now: now, on: control)
    try await PasswordStore.endResets(of: user, on: control)
    try await EmailChangeStore.end(of: user, on: control)
    try await DeviceStore.removeAll(of: user, on: control)
    try await sayFarewell(to: user, on: control)
    try await endMemberships(of: user, on: control)
    try await erase(user, on: control)
  }

  /// Ends every grant of a person, and with the last one in a region that region's entitlement to know them.
  package static func endMemberships(of user: UserID, on control: ControlConnection) async throws {
    _ = try await control.query(
      """
      SELECT directory.end_grants(coalesce(array_agg(id ORDER BY id), '{}'))
      FROM directory."grant" WHERE user_id = \(user.uuid) AND state = 'live'
      """)
  }

  /// Erases what is known of a person beside their id.
  package static func erase(_ user: UserID, on control: ControlConnection) async throws {
    let address = "\(user.description)@deleted.invalid"
    try await control.execute(
      """
      DELETE FROM control.sign_up WHERE email_key = (SELECT email_key FROM control."user" WHERE id = \(user.uuid))
      """)
    try await control.execute(
      """
      UPDATE control."user" SET name = 'deleted', email = \(address), email_key = \(address) WHERE id = \(user.uuid)
      """)
    try await control.execute(
      "UPDATE control.session SET user_agent = '', client = '' WHERE user_id = \(user.uuid)")
    try await control.execute("DELETE FROM control.password WHERE user_id = \(user.uuid)")
    try await control.execute("DELETE FROM control.half_login WHERE user_id = \(user.uuid)")
    try await control.execute("DELETE FROM control.consent WHERE user_id = \(user.uuid)")
    try await TOTPStore.remove(user, on: control)
  }
}
