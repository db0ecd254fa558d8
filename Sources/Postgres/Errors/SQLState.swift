/// The five-character code of a server error, the only thing about an error that code may depend on.
public struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  public static let connectionException = SQLState(rawValue: "08000")
  public static let featureNotSupported = SQLState(rawValue: "0A000")
  public static let invalidTextRepresentation = SQLState(rawValue: "22P02")
  public static let characterNotInRepertoire = SQLState(rawValue: "22021")
  public static let numericValueOutOfRange = SQLState(rawValue: "22003")
  public static let notNullViolation = SQLState(rawValue: "23502")
  public static let foreignKeyViolation = SQLState(rawValue: "23503")
  public static let uniqueViolation = SQLState(rawValue: "23505")
  public static let checkViolation = SQLState(rawValue: "23514")
  public static let exclusionViolation = SQLState(rawValue: "23P01")
  public static let readOnlyTransaction = SQLState(rawValue: "25006")
  public static let failedTransaction = SQLState(rawValue: "25P02")
  public static let idleInTransactionTimeout = SQLState(rawValue: "25P03")
  public static let invalidStatementName = SQLState(rawValue: "26000")
  public static let invalidPassword = SQLState(rawValue: "28P01")
  public static let invalidCatalogName = SQLState(rawValue: "3D000")
  public static let serializationFailure = SQLState(rawValue: "40001")
  public static let deadlockDetected = SQLState(rawValue: "40P01")
  public static let syntaxError = SQLState(rawValue: "42601")
  public static let insufficientPrivilege = SQLState(rawValue: "42501")
  public static let duplicateDatabase = SQLState(rawValue: "42P04")
  public static let undefinedColumn = SQLState(rawValue: "42703")
  public static let undefinedFunction = SQLState(rawValue: "42883")
  public static let undefinedTable = SQLState(rawValue: "42P01")
  public static let invalidSchemaName = SQLState(rawValue: "3F000")
  public static let diskFull = SQLState(rawValue: "53100")
  public static let outOfMemory = SQLState(rawValue: "53200")
  public static let tooManyConnections = SQLState(rawValue: "53300")
  public static let objectInUse = SQLState(rawValue: "55006")
  public static let lockNotAvailable = SQLState(rawValue: "55P03")
  public static let queryCanceled = SQLState(rawValue: "57014")
  public static let adminShutdown = SQLState(rawValue: "57P01")
  public static let crashShutdown = SQLState(rawValue: "57P02")
  public static let cannotConnectNow = SQLState(rawValue: "57P03")
  public static let raisedException = SQLState(rawValue: "P0001")

  /// The first two characters, the class of the condition.
  public var conditionClass: String { String(rawValue.prefix(2)) }

  /// Whether running the same transaction again may succeed without any change.
  public var isRetryable: Bool { conditionClass == "40" || self == .lockNotAvailable }

  /// Whether the server ended the session: what a statement in flight did is then unknown.
  public var endsSession: Bool {
    conditionClass == "57" && rawValue.dropFirst(2).first == "P" || conditionClass == "08"
      || self == .idleInTransactionTimeout
  }

  public var description: String { rawValue }
}
