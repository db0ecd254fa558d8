public import Postgres
public import SyncProtocol

/// Appends pointers in the caller's transaction: the change and its pointer commit together, or neither does.
///
/// ```swift
/// try await client.withTransaction { connection in
///   try await connection.execute("UPDATE member SET role = \(role) WHERE id = \(id)")
///   try await capture.append([RowReference(kind: "member", key: key)], on: connection)
/// }
/// capture.committed()
/// ```
/// Append *after* the change, so that its row lock is held: that keeps one entity's pointers in commit order.
public struct Capture: Sendable {
  /// Pointers in one statement; more are sent in several.
  public static let statementLimit = 10_000

  private let doorbell: Doorbell

  public init(doorbell: Doorbell) {
    self.doorbell = doorbell
  }

  /// Appends one pointer a row and returns the transaction's id, which read-your-writes waits for.
  @discardableResult
  public func append(_ rows: [RowReference], on connection: PostgresConnection) async throws -> TransactionID? {
    guard !rows.isEmpty else { return nil }
    let catalog = try await KindStore.catalog(on: connection)
    var transaction: TransactionID?
    var start = 0
    while start < rows.count {
      let chunk = rows[start..<min(rows.count, start + Self.statementLimit)]
      var kinds: [Int16] = []
      var keys: [[UInt8]] = []
      for row in chunk {
        guard let entry = catalog[row.kind] else { throw CaptureError.undeclaredKind(row.kind) }
        guard let key = entry.keyType.encode(row.key) else { throw CaptureError.badKey(row.kind, entry.keyType) }
        kinds.append(entry.id)
        keys.append(key)
      }
      let appended = try await connection.query("SELECT outbox.append_pointers(\(kinds), \(keys))")
      transaction = try appended.only().decode(TransactionID.self)
      start += chunk.count
    }
    try FaultPoint.hit(.captureBeforeCommit)
    return transaction
  }

  /// Tells the sequencer of this process, after the commit, that there is work. Optional: it polls as well.
  public func committed() { doorbell.ring() }
}

/// Why a pointer cannot be appended. The caller's transaction should be rolled back.
public enum CaptureError: Error, Sendable, Hashable {
  case undeclaredKind(Kind)
  case badKey(Kind, KeyType)
}
