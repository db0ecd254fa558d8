public import Postgres
public import SyncProtocol

/// The sending side of a kind: whom a row concerns, and what a receiver may hold of it *now*.
///
/// All calls run inside a transaction of the outbox; do not begin, commit, write or wait for anything else in them.
public protocol KindSource: Sendable {
  var declaration: KindDeclaration { get }

  /// Whom rows concern, in the snapshot of the tick that sequences their change. A key that is missing from the answer concerns nobody. A row
  /// that was deleted must still find those who hold it: keep it as a soft delete until they acknowledged, or answer `.all`.
  func receivers(of keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: Receivers]

  /// The current rows of those keys that `receiver` is entitled to, in the projection meant for it. A key that is missing from the answer becomes
  /// a remove of generation 0; answer `SourceRow(generation:fields: nil)` for a remove of another generation.
  func read(
    _ keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [RowKey: SourceRow]

  /// ``read(_:for:on:)`` as one statement, where it is one; nil otherwise, which is the default. Rows that will probably be asked for then travel with
  /// what is read before them.
  func reading(_ keys: [RowKey], for receiver: SiloNumber) -> SourceReading?

  /// The next keys of everything that `receiver` is entitled to, behind `last` (nil: from the beginning), at most `limit`, in the order of the
  /// kind's keys: `uuid` and `int8` by value, `text` by bytes (`COLLATE "C"`). What lies between two keys of it a snapshot sweeps.
  func entitled(
    _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [RowKey]

  /// The next rows of a snapshot: ``entitled(_:after:limit:on:)`` and ``read(_:for:on:)`` of those keys, which is what the default does. A source that
  /// can answer both in one statement may.
  func chunk(
    _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [(key: RowKey, row: SourceRow)]

  /// About how many keys ``entitled(_:after:limit:on:)`` would name in all: for people who wait. Nil when that is not known cheaply.
  func estimate(_ receiver: SiloNumber, on connection: PostgresConnection) async throws -> Int64?

  /// Removes what was kept only to find the receivers of deletes, once `receiver` applied everything that `snapshot` sees. Most kinds have
  /// nothing to do. Returns how many rows went.
  func finalize(
    _ receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, on connection: PostgresConnection
  ) async throws -> Int
}

extension KindSource {
  public func reading(_ keys: [RowKey], for receiver: SiloNumber) -> SourceReading? { nil }

  public func estimate(_ receiver: SiloNumber, on connection: PostgresConnection) async throws -> Int64? { nil }

  public func finalize(
    _ receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, on connection: PostgresConnection
  ) async throws -> Int { 0 }
}
