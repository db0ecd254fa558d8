internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// People, their status and their passwords.
package enum UserStore {
  /// What login needs of a person.
  package struct Credentials: Sendable {
    package let user: UserID
    package let phc: String
    package let status: UserStatus
    package let epoch: Int64
  }

  package struct Profile: Sendable, Hashable {
    package let user: UserID
    package let name: String
    package let email: String
    package let emailKey: String
    package let status: UserStatus
    package let epoch: Int64
  }

  /// Adds a person with status `active` and epoch 0; false when the address has an account.
  package static func insert(
    _ user: UserID, name: DisplayName, email: EmailAddress, phc: String, on control: ControlConnection
  ) async throws -> Bool {
    let inserted = try await control.execute(
      """
      INSERT INTO control."user" (id, name, email, email_key)
      VALUES (\(user.uuid), \(name.text), \(email.text), \(email.uniquenessKey))
      ON CONFLICT ON CONSTRAINT user_email_key DO NOTHING
      """)
    guard inserted == 1 else { return false }
    try await control.execute(
      "INSERT INTO control.user_status (id, status, epoch) VALUES (\(user.uuid), 'active', 0)")
    try await control.execute("INSERT INTO control.password (user_id, phc) VALUES (\(user.uuid), \(phc))")
    return true
  }

  package static func credentials(_ email: EmailAddress, on control: ControlConnection) async throws -> Credentials? {
    let rows = try await control.query(
      """
      SELECT u.id, p.phc, s.status, s.epoch FROM control."user" u
      JOIN control.password p ON p.user_id = u.id JOIN control.user_status s ON s.id = u.id
      WHERE u.email_key = \(email.uniquenessKey)
      """)
    return try rows.decode((UUID, String, String, Int64).self).first.map { id, phc, status, epoch in
      Credentials(user: UserID(id), phc: phc, status: UserStatus(rawValue: status) ?? .deleted, epoch: epoch)
    }
  }

  /// The person of an address.
  package static func find(_ email: EmailAddress, on control: ControlConnection) async throws -> UserID? {
    let rows = try await control.query("SELECT id FROM control.\"user\" WHERE email_key = \(email.uniquenessKey)")
    return try rows.decode(UUID.self).first.map { UserID($0) }
  }

  package static func profile(_ user: UserID, on control: ControlConnection) async throws -> Profile? {
    let rows = try await control.query(
      """
      SELECT u.name, u.email, u.email_key, s.status, s.epoch
      FROM control."user" u JOIN control.user_status s ON s.id = u.id WHERE u.id = \(user.uuid)
      """)
    return try rows.decode((String, String, String, String, Int64).self).first.map { name, email, key, status, epoch in
      Profile(
        user: user, name: name, email: email, emailKey: key, status: UserStatus(rawValue: status) ?? .deleted,
        epoch: epoch)
    }
  }

  /// Changes a person's status and raises the epoch, which ends every older credential; false when there is no such person.
  package static func setStatus(
    _ status: UserStatus, of user: UserID, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      "UPDATE control.user_status SET status = \(status.rawValue), epoch = epoch + 1 WHERE id = \(user.uuid)") == 1
  }
}
