public import Postgres
public import SyncProtocol

/// Interest rows: they say that a receiver holds a root (a user, an organization) and never travel themselves. A changed interest row makes the
/// reader send the root's whole closure, as rows or as removes.
public protocol InterestSource: Sendable {
  var declaration: KindDeclaration { get }

  /// The receiver that each interest row names.
  func receivers(of keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: Receivers]

  /// Everything that hangs on the roots of those interest rows, whether the receiver is entering or leaving. Lanes are cut by the reader.
  func closure(
    of keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [RowReference]

  /// Deletes the receiver's interest rows that are leaving and whose leaving transaction `snapshot` sees: it has applied their removes.
  /// Returns how many.
  func finalizeExits(
    of receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, on connection: PostgresConnection
  ) async throws -> Int
}
