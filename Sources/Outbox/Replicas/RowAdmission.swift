public import Postgres
public import SyncProtocol

/// Decides, before rows are written, which of them this receiver takes: authorization of what another silo says.
public protocol RowAdmission: Sendable {
  /// The rows that are refused, in the transaction that would apply the others. Removes are asked about as well.
  func refusals(
    _ rows: [RowImage], context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal]
}
