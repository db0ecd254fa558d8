extension PostgresConnection {
  /// Copies rows into a table in binary form.
  ///
  /// When `body` throws, nothing of the copy stays and its error is rethrown.
  ///
  /// - Parameter table: schema and name, or the name alone.
  /// - Returns: the number of rows.
  @discardableResult
  public func copyIn(
    into table: [String], columns: [String], _ body: (CopyWriter) async throws -> Void
  ) async throws -> Int {
    let name = table.map(SQL.quoted(identifier:)).joined(separator: ".")
    let list = columns.map(SQL.quoted(identifier:)).joined(separator: ", ")
    return try await copyIn("COPY \(raw: name) (\(raw: list)) FROM STDIN (FORMAT binary)") { writer in
      // Signature, flags, length of the header's extension.
      try await writer.write(Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00] + [UInt8](repeating: 0, count: 8))
      try await body(writer)
      try await writer.write([0xff, 0xff])
    }
  }

  /// Runs a `COPY … FROM STDIN` whose data `body` writes in the statement's format.
  ///
  /// - Returns: the number of rows.
  @discardableResult
  public func copyIn(_ statement: SQL, _ body: (CopyWriter) async throws -> Void) async throws -> Int {
    let session = try await flush()
    return try await session.copyIn(statement) { try await body($0) }
  }

  /// Runs a `COPY … TO STDOUT` and hands its data to `body` in chunks of about 64 KiB that end with whole rows.
  ///
  /// When `body` throws, the statement is cancelled, the connection is closed after use, and the error is rethrown.
  ///
  /// - Returns: the number of rows.
  @discardableResult
  public func copyOut(_ statement: SQL, _ body: ([UInt8]) async throws -> Void) async throws -> Int {
    let session = try await flush()
    return try await session.copyOut(statement) { try await body($0) }
  }
}
