internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Those who run the control plane.
package enum OperatorStore {
  package struct Operator: Sendable, Hashable {
    package let id: OperatorID
    package let name: String
    package let role: OperatorRole
  }

  /// Adds an operator; false when the name is taken.
  package static func insert(
    _ id: OperatorID, name: DisplayName, role: OperatorRole, digest: [UInt8], on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      INSERT INTO control.operator (id, name, role, digest)
      VALUES (\(id.uuid), \(name.text), \(role.rawValue), \(digest)) ON CONFLICT ON CONSTRAINT operator_name DO NOTHING
      """) == 1
  }

  package static func find(digest: [UInt8], on control: ControlConnection) async throws -> Operator? {
    let rows = try await control.query(
      "SELECT id, name, role FROM control.operator WHERE digest = \(digest) AND revoked IS NULL")
    return try rows.decode((UUID, String, String).self).first.flatMap { id, name, role in
      OperatorRole(rawValue: role).map { Operator(id: OperatorID(id), name: name, role: $0) }
    }
  }

  package static func count(on control: ControlConnection) async throws -> Int64 {
    try await control.query("SELECT count(*) FROM control.operator").only().decode(Int64.self)
  }
}
