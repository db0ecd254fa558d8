/// A connection that receives decoded changes from a logical replication slot (COPY BOTH), for the duration of a closure.
///
/// Like ``PostgresConnection`` it is not `Sendable`. It belongs to no pool: a stream lasts as long as its consumer.
public final class ReplicationConnection {
  /// How long the end of a refused or ended stream may take to arrive.
  private static let drainTimeout = Duration.seconds(5)

  private let session: Session

  private init(_ session: Session) {
    self.session = session
  }

  /// Connects with the rights to replicate, lends the connection to `body` and closes it; the server then drops its temporary slots.
  ///
  /// - Throws: ``PostgresError``, `CancellationError`, or the body's error.
  public static func with<T>(
    _ configuration: PostgresConfiguration, _ body: (ReplicationConnection) async throws -> T
  ) async throws -> T {
    var configuration = configuration
    configuration.isReplication = true
    let session = try await Session.open(configuration)
    defer { session.markBroken() }
    return try await body(ReplicationConnection(session))
  }

  /// The process that serves this connection, as in `pg_stat_activity.pid`.
  public var serverProcessID: Int32 { session.serverProcessID }

  /// Makes a slot that lives as long as this connection, so that nothing holds the server's log back after it.
  ///
  /// Returns when every transaction that writes now has ended, which may take as long as the longest of them.
  ///
  /// - Parameter name: `[a-z0-9_]{1,63}`, unique on the server.
  /// - Throws: ``PostgresError``: 55000 when `wal_level` is not `logical`, 42501 without the right to replicate, 53400 when all slots are
  ///   taken, `.misuse` for another name.
  public func createTemporarySlot(_ name: String, plugin: String = "pgoutput") async throws {
    try await session.run(
      simple:
        "CREATE_REPLICATION_SLOT \(try Self.word(name)) TEMPORARY LOGICAL \(try Self.word(plugin)) NOEXPORT_SNAPSHOT")
  }

  /// Begins to stream the inserts, updates and deletes that a publication lists, as `pgoutput` writes them (protocol version 1), from the
  /// slot's position.
  ///
  /// - Throws: ``PostgresError``; the connection is of no use afterwards. A publication that is missing shows when the first change is
  ///   decoded, as 42704 from ``next(within:)``.
  public func start(slot: String, publication: String) async throws {
    let name = SQL.quoted(identifier: publication).replacing("'", with: "''")
    try await session.startCopyBoth(
      "START_REPLICATION SLOT \(try Self.word(slot)) LOGICAL 0/0 (proto_version '1', publication_names '\(name)')",
      until: .now.advanced(by: Self.drainTimeout))
  }

  /// The next message, nil when none came in time.
  ///
  /// - Throws: ``PostgresError`` with the server's reason when it ended the stream, `.connection` when the connection is lost, or
  ///   `CancellationError`.
  public func next(within limit: Duration) async throws -> ReplicationMessage? {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while true {
      switch try session.getCopyData() {
      case .data(let bytes): return try ReplicationMessage(bytes)
      case .end: throw await session.endOfStream(until: .now.advanced(by: Self.drainTimeout))
      case .wait: break
      }
      do {
        _ = try await session.wait(for: .read, until: deadline)
      } catch let error as PostgresError where error.code == .timeout {
        return nil
      }
      if !session.consumeInput() { throw session.lost() }
    }
  }

  /// Tells the server that everything up to `position` is done with, and asks for a sign of life if `wantsReply`.
  public func acknowledge(_ position: WALPosition, wantsReply: Bool = false) async throws {
    let message = ReplicationMessage.status(position, microseconds: 0, wantsReply: wantsReply)
    while try !session.putCopyData(message[...]) { try await session.flush() }
    try await session.flush()
  }

  /// A word of a replication command, which knows no parameters.
  private static func word(_ name: String) throws -> String {
    let isWord =
      (1...63).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "_")
      }
    guard isWord else {
      throw PostgresError(code: .misuse, message: "a slot or plugin has a name of a-z, 0-9 and _")
    }
    return name
  }
}
