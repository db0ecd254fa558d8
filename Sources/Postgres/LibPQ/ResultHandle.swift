import CLibPQ

/// Owns one `PGresult` and clears it when the last row that points into it is gone.
///
/// `@unchecked Sendable`, proof: libpq never changes a `PGresult` after returning it and documents reading it from several threads as
/// safe; the only mutation is `PQclear` in `deinit`, when no other reference exists.
@safe final class ResultHandle: @unchecked Sendable {
  private let pointer: OpaquePointer
  let rowCount: Int
  let types: [PostgresType]

  init(owning pointer: OpaquePointer) {
    unsafe self.pointer = pointer
    rowCount = unsafe Int(PQntuples(pointer))
    types = unsafe (0..<PQnfields(pointer)).map { unsafe PostgresType(rawValue: PQftype(pointer, $0)) }
  }

  deinit {
    unsafe PQclear(pointer)
  }

  var status: ResultStatus { unsafe ResultStatus(PQresultStatus(pointer)) }

  /// The number of rows the command touched, 0 when it says none.
  var affectedRows: Int { unsafe Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

  /// The command's tag, such as `COMMIT`.
  var commandTag: String { unsafe String(cString: PQcmdStatus(pointer)) }

  var columnNames: [String] { types.indices.map(columnName) }

  func columnName(_ column: Int) -> String {
    guard let name = unsafe PQfname(pointer, Int32(truncatingIfNeeded: column)) else { return "\(column)" }
    return unsafe String(cString: name)
  }

  func cell(row: Int, column: Int) -> PostgresCell {
    let (row32, column32) = (Int32(truncatingIfNeeded: row), Int32(truncatingIfNeeded: column))
    var value: UnsafeRawBufferPointer?
    if unsafe PQgetisnull(pointer, row32, column32) == 0, let start = unsafe PQgetvalue(pointer, row32, column32) {
      unsafe value = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, row32, column32)))
    }
    return unsafe PostgresCell(result: self, columnIndex: column, type: types[column], value: value)
  }

  /// The value of a cell of type `text` that is ASCII, without making a cell of it. Nil for any other, NULL among them.
  func plainText(row: Int, column: Int) -> String? {
    guard types[column] == .text else { return nil }
    let (row, column) = (Int32(truncatingIfNeeded: row), Int32(truncatingIfNeeded: column))
    guard unsafe PQgetisnull(pointer, row, column) == 0, let start = unsafe PQgetvalue(pointer, row, column) else {
      return nil
    }
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, row, column)))
    guard unsafe bytes.reduce(0, |) < 0x80 else { return nil }
    return unsafe String(decoding: bytes, as: UTF8.self)
  }

  /// A field of the server's error report.
  func errorField(_ field: ErrorField) -> String? {
    guard let text = unsafe PQresultErrorField(pointer, field.rawValue) else { return nil }
    return unsafe String(cString: text)
  }

  var errorMessage: String { unsafe String(cString: PQresultErrorMessage(pointer)) }
}
