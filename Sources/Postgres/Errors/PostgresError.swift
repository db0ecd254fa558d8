/// An error of the PostgreSQL client.
///
/// `description` is made for logs: it holds the code, the SQLSTATE and names of the schema, never the server's message, because servers
/// quote values in messages. `message` may quote values; show it to the person who wrote the statement, never log it.
public struct PostgresError: Error, Sendable {
  /// What went wrong, as far as code may depend on it.
  public enum Code: Hashable, Sendable {
    /// The server refused the statement.
    case server(SQLState)
    /// No connection could be made, or it was lost. A statement in flight may or may not have run.
    case connection
    /// The connection was lost while a commit was in flight: the transaction may or may not have been committed.
    case commitOutcomeUnknown
    /// The body returned although a statement had failed before, so the server rolled the transaction back at commit.
    case transactionAborted
    /// The statement was not run because an earlier one of its pipeline failed.
    case pipelineAborted
    /// A time limit of the client passed.
    case timeout
    /// No connection became free in time, or too many callers were waiting already.
    case poolExhausted
    /// The pool was shut down.
    case poolClosed
    /// A value of a result is not of the type it is read as.
    case decoding
    /// A statement or parameter that cannot be sent, such as text with a NUL byte.
    case encoding
    /// The API was used in a way it refuses, such as a lease used after its end.
    case misuse
    /// The configuration or connection string is not usable.
    case configuration
    /// The database holds migrations that this program does not know.
    case databaseNewerThanCode
    /// A migration that was applied differs from the one in this program.
    case migrationChanged
    /// The embedded server could not be prepared, started or stopped.
    case embeddedServer
  }

  public let code: Code

  /// What happened, for the author of the statement. May quote values.
  public let message: String

  /// The server's code, when the server sent one.
  public var sqlState: SQLState? {
    if case .server(let state) = code { state } else { terminalState }
  }

  /// The violated constraint.
  public let constraint: String?
  public let schema: String?
  public let table: String?
  public let column: String?

  /// The server's code of an error that is reported as another code, such as the shutdown behind an unknown commit.
  let terminalState: SQLState?

  public init(
    code: Code, message: String, constraint: String? = nil, schema: String? = nil, table: String? = nil,
    column: String? = nil
  ) {
    self.init(
      code: code, message: message, constraint: constraint, schema: schema, table: table, column: column,
      terminalState: nil)
  }

  init(
    code: Code, message: String, constraint: String?, schema: String?, table: String?, column: String?,
    terminalState: SQLState?
  ) {
    self.code = code
    self.message = message
    self.constraint = constraint
    self.schema = schema
    self.table = table
    self.column = column
    self.terminalState = terminalState
  }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String {
    var text = "PostgresError(\(codeName)"
    if let sqlState { text += ", sqlstate: \(sqlState)" }
    if let schema { text += ", schema: \(schema)" }
    if let table { text += ", table: \(table)" }
    if let column { text += ", column: \(column)" }
    if let constraint { text += ", constraint: \(constraint)" }
    if isMessageSafe { text += ", \(message)" }
    return text + ")"
  }

  public var debugDescription: String { description }

  /// Keeps `dump` and reflection-based loggers from printing the message.
  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }

  private var codeName: String {
    if case .server = code { "server" } else { "\(code)" }
  }

  /// Messages written by this module hold names and numbers only; those of the server and of libpq may quote values.
  private var isMessageSafe: Bool {
    switch code {
    case .server, .connection, .commitOutcomeUnknown, .embeddedServer: false
    default: true
    }
  }
}
