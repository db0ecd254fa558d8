/// A statement with its parameters, written as an interpolated string.
///
/// A value interpolated into the literal becomes a parameter (`$1`, `$2`, …) in PostgreSQL's binary form, with an explicit type; it can
/// never become SQL text. `\(identifier: name)` quotes a name, `\(raw: text)` inserts text as it is and is for constants only, and
/// another `SQL` value is inserted with its parameters renumbered.
///
/// ```swift
/// let statement: SQL = "SELECT id FROM member WHERE organization_id = \(organization) AND role = ANY(\(roles))"
/// ```
public struct SQL: Sendable, ExpressibleByStringInterpolation {
  /// The text with `$n` placeholders.
  public private(set) var text: String

  /// The encoded parameters.
  private(set) var parameters = ParameterList()

  /// Where each `$n` begins in `text`, as a UTF-8 offset; the index is the parameter's number minus one.
  private var placeholders: [Int] = []

  /// BEGIN and its like, which are never prepared: making room for them could need a snapshot before the transaction has its isolation.
  private(set) var isControl = false

  public init(stringLiteral value: String) {
    text = value
  }

  public init(stringInterpolation: StringInterpolation) {
    self = stringInterpolation.sql
  }

  /// A statement from text that holds no outside data.
  public init(raw text: String) {
    self.text = text
  }

  /// A statement that begins or ends a transaction or savepoint.
  static func control(_ text: String) -> SQL {
    var sql = SQL(raw: text)
    sql.isControl = true
    return sql
  }

  /// The number of parameters.
  public var parameterCount: Int { parameters.count }

  public static func + (left: SQL, right: SQL) -> SQL {
    var sum = left
    sum += right
    return sum
  }

  public static func += (left: inout SQL, right: SQL) {
    left.append(right)
  }

  mutating func append(raw more: String) {
    text += more
  }

  mutating func append(parameter value: some PostgresEncodable) {
    placeholders.append(text.utf8.count)
    parameters.append(value)
    text += "$\(parameters.count)"
  }

  mutating func append(_ other: SQL) {
    guard !other.parameters.isEmpty else {
      text += other.text
      return
    }
    let base = parameters.count
    var cursor = other.text.utf8.startIndex
    for (index, offset) in other.placeholders.enumerated() {
      let start = other.text.utf8.index(other.text.utf8.startIndex, offsetBy: offset)
      text += other.text[cursor..<start]
      placeholders.append(text.utf8.count)
      text += "$\(base + index + 1)"
      cursor = other.text.utf8.index(start, offsetBy: "$\(index + 1)".utf8.count)
    }
    text += other.text[cursor...]
    parameters.append(other.parameters)
  }
}

extension SQL: CustomStringConvertible, CustomDebugStringConvertible {
  /// The text alone: parameters are data and do not belong into logs.
  public var description: String { text }
  public var debugDescription: String { text }
}
