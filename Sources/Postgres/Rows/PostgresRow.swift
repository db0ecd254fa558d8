/// One row of a result.
public struct PostgresRow: Sendable {
  let result: ResultHandle
  let index: Int

  /// The number of columns.
  public var count: Int { result.types.count }

  /// The cell of the column at `index`.
  ///
  /// - Precondition: `index` is below ``count``.
  public subscript(index: Int) -> PostgresCell { result.cell(row: self.index, column: index) }

  /// The text of the column at `index`, nil for NULL: what `String?(from: self[index])` reads, at less cost. For results of very many rows.
  ///
  /// - Throws: ``PostgresError`` with code `.decoding` when the column is of another type.
  /// - Precondition: `index` is below ``count``.
  package func text(at index: Int) throws -> String? {
    if let text = result.plainText(row: self.index, column: index) { return text }
    return try String?(from: self[index])
  }

  /// Reads all columns, in order, as a tuple.
  ///
  /// ```swift
  /// let (id, name) = try row.decode((UUID, String?).self)
  /// ```
  /// - Throws: ``PostgresError`` with code `.decoding` when a column is of another type or NULL, or when the number of columns differs.
  public func decode<each Column: PostgresDecodable>(
    _ types: (repeat each Column).Type
  ) throws -> (repeat each Column) {
    var expected = 0
    for _ in repeat (each Column).self { expected += 1 }
    guard expected == count else { throw Self.arityMismatch(expected: expected, actual: count) }
    var column = -1
    func next<Value: PostgresDecodable>(_ type: Value.Type) throws -> Value {
      column += 1
      return try Value(from: self[column])
    }
    return (repeat try next((each Column).self))
  }

  /// Reads the only column.
  public func decode<Column: PostgresDecodable>(_ type: Column.Type) throws -> Column {
    guard count == 1 else { throw Self.arityMismatch(expected: 1, actual: count) }
    return try Column(from: self[0])
  }

  /// Reads one column by its name.
  public func decode<Column: PostgresDecodable>(column name: String, as type: Column.Type) throws -> Column {
    guard let index = result.columnNames.firstIndex(of: name) else {
      throw PostgresError(code: .decoding, message: "the result has no column \(name)")
    }
    return try Column(from: self[index])
  }

  private static func arityMismatch(expected: Int, actual: Int) -> PostgresError {
    PostgresError(code: .decoding, message: "the result has \(actual) columns where \(expected) are read")
  }
}
