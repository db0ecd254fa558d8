public import Postgres
public import SyncProtocol

/// The receiving side of a kind.
///
/// `apply` runs in the one transaction that also moves the cursor. What it throws is taken for trouble with a row as long as the server says so
/// (a bad value, a violated check): the applier then halves the rows under savepoints until the bad one is alone and quarantines it. Trouble
/// with the storage stops the lane and is tried again.
public protocol KindSink: Sendable {
  var declaration: KindDeclaration { get }

  /// Declares what this sink writes; called once at start. Throws when a table is captured as well: a replicated table has one writer.
  func prepare(on connection: PostgresConnection) async throws

  /// Writes rows and removes, each unless what is there is newer, and returns the rows that it refuses. A refused row must have had no effect.
  func apply(
    _ rows: [RowImage], context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal]

  /// Writes the rows of a chunk into `range` faster than ``apply(_:context:on:)`` where nothing is there yet, neither rows nor tombstones of the kind. Nil:
  /// something is, and nothing was written.
  func fill(
    _ rows: [RowImage], range: KeyRange, context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal]?

  /// Removes what `stream` sent of the keys of `range` that are not `kept` and are older in epoch and head than `version`, whatever their generation, and
  /// leaves tombstones of that version; at most `limit`, the first ones in the order of keys. Returns the keys removed, in that order.
  func sweep(
    _ stream: SiloNumber, range: KeyRange, keeping kept: Set<RowKey>, olderThan version: RowVersion, limit: Int,
    on connection: PostgresConnection
  ) async throws -> [RowKey]

  /// The applied rows of those keys as they are now, for webhooks; a key that is missing is removed.
  func current(_ keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: SourceRow]
}

extension KindSink {
  public func prepare(on connection: PostgresConnection) async throws {}
  public func current(_ keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: SourceRow] { [:] }
  public func fill(
    _ rows: [RowImage], range: KeyRange, context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal]? { nil }
}
