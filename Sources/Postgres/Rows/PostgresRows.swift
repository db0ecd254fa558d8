/// The whole result of a statement, held in the buffer libpq received it into.
public struct PostgresRows: RandomAccessCollection, Sendable {
  let result: ResultHandle

  public var startIndex: Int { 0 }
  public var endIndex: Int { result.rowCount }

  /// The number of rows the command inserted, updated, deleted or selected.
  public var affected: Int { result.affectedRows }

  /// The names of the columns.
  public var columns: [String] { result.columnNames }

  public subscript(position: Int) -> PostgresRow { PostgresRow(result: result, index: position) }

  /// Reads every row as a tuple.
  ///
  /// - Throws: ``PostgresError`` with code `.decoding`.
  public func decode<each Column: PostgresDecodable>(
    _ types: (repeat each Column).Type
  ) throws -> [(repeat each Column)] {
    try map { try $0.decode(types) }
  }

  /// Reads the only column of every row.
  public func decode<Column: PostgresDecodable>(_ type: Column.Type) throws -> [Column] {
    try map { try $0.decode(type) }
  }

  /// The only row.
  ///
  /// - Throws: ``PostgresError`` with code `.decoding` unless there is exactly one.
  public func only() throws -> PostgresRow {
    guard count == 1 else {
      throw PostgresError(code: .decoding, message: "the result has \(count) rows where exactly one is read")
    }
    return self[0]
  }
}
