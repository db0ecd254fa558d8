public import Postgres
public import SyncProtocol

/// A read of rows as one statement, so that it can be sent together with others.
public struct SourceReading: Sendable {
  /// What to run, in the transaction of whoever asked.
  public let statement: SQL
  /// The rows by their keys, from what the statement answered.
  public let decode: @Sendable (_ rows: PostgresRows) throws -> [RowKey: SourceRow]

  public init(_ statement: SQL, decode: @escaping @Sendable (_ rows: PostgresRows) throws -> [RowKey: SourceRow]) {
    self.statement = statement
    self.decode = decode
  }

  /// Runs the statement by itself.
  public func run(on connection: PostgresConnection) async throws -> [RowKey: SourceRow] {
    try decode(await connection.query(statement))
  }
}
