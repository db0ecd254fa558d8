/// Statements that are sent together, without waiting for the answer to one before sending the next.
public struct Pipeline: Sendable {
  /// Statements that one pipeline may hold.
  public static let maximumStatements = 50_000
  /// Bytes of parameters that one pipeline may hold.
  public static let maximumBytes = 64 << 20

  private(set) var statements: [SQL] = []
  private(set) var byteCount = 0

  public init() {}

  init(_ statements: [SQL]) {
    for statement in statements { add(statement) }
  }

  /// The number of statements.
  public var count: Int { statements.count }

  /// Adds a statement. COPY and texts of many statements cannot be in a pipeline.
  public mutating func add(_ sql: SQL) {
    statements.append(sql)
    byteCount += sql.parameters.arena.count
  }
}
