/// A connection lent for the duration of a closure.
///
/// It is deliberately not `Sendable`: two tasks cannot interleave statements in one transaction. Used after its closure ended it throws
/// `.misuse`.
public final class PostgresConnection {
  /// Runs a statement and returns its whole result.
  public func query(_ sql: SQL) async throws -> PostgresRows { throw pending }

  /// Runs a statement and returns the number of rows it touched.
  @discardableResult
  public func execute(_ sql: SQL) async throws -> Int { throw pending }

  public func withTransaction<T>(
    _ options: TransactionOptions = .readCommitted, _ body: (PostgresConnection) async throws -> T
  ) async throws -> T { throw pending }

  public func runScript(_ text: String) async throws { throw pending }

  public var serverProcessID: Int32 { 0 }
}
let pending = PostgresError(code: .misuse, message: "not there yet")
