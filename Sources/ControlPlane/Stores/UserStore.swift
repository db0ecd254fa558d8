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
  ///
  /// - Parameter phc: nil for somebody who sets a password by mail first.
  package static func insert(
    _ user: UserID, name: DisplayName, email: EmailAddress, phc: String?, on control: ControlConnection
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
    if let phc {
      try await control.execute("INSERT INTO control.password (user_id, phc) VALUES (\(user.uuid), \(phc))")
    }
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

  /// Changes a person's status and raises the epoch, which ends every older credential; false when there is no such person any more: who is deleted
  /// stays so.
  package static func setStatus(
    _ status: UserStatus, of user: UserID, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      UPDATE control.user_status SET status = \(status.rawValue), epoch = epoch + 1
      WHERE id = \(user.uuid) AND status <> 'deleted'
      """) == 1
  }
}

extension UserStore {
  /// Takes the lock under which everything about a person's credentials changes; returns the epoch, or nil for somebody who may not act.
  package static func lock(_ user: UserID, on control: ControlConnection) async throws -> Int64? {
    let rows = try await control.query(
      "SELECT epoch FROM control.user_status WHERE id = \(user.uuid) AND status = 'active' FOR UPDATE")
    return try rows.decode(Int64.self).first
  }

  /// Ends every credential of a person older than now, here and in every region; returns the new epoch.
  package static func raiseEpoch(of user: UserID, on control: ControlConnection) async throws -> Int64 {
    try await control.query(
      "UPDATE control.user_status SET epoch = epoch + 1 WHERE id = \(user.uuid) RETURNING epoch"
    ).only().decode(Int64.self)
  }

  /// The person of an address who may act, under the lock, with the address as they gave it: another spelling may be another's mailbox.
  package static func active(
    _ email: EmailAddress, on control: ControlConnection
  ) async throws -> (user: UserID, epoch: Int64, email: EmailAddress)? {
    guard let user = try await find(email, on: control), let epoch = try await lock(user, on: control),
      // The address may have become another's, or nobody's, before the lock was there.
      let profile = try await profile(user, on: control), profile.emailKey == email.uniquenessKey
    else { return nil }
    return (user, epoch, try EmailAddress(profile.email))
  }

  /// - Throws: the database's error for an address that has an account.
  package static func setEmail(_ email: EmailAddress, of user: UserID, on control: ControlConnection) async throws {
    try await control.execute(
      """
      UPDATE control."user" SET email = \(email.text), email_key = \(email.uniquenessKey) WHERE id = \(user.uuid)
      """)
  }

  package static func setName(_ name: DisplayName, of user: UserID, on control: ControlConnection) async throws {
    try await control.execute("UPDATE control.\"user\" SET name = \(name.text) WHERE id = \(user.uuid)")
  }
}
