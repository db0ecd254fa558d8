extension SQL {
  /// Collects the pieces of an interpolated statement.
  public struct StringInterpolation: StringInterpolationProtocol, Sendable {
    var sql: SQL

    public init(literalCapacity: Int, interpolationCount: Int) {
      sql = SQL(raw: "")
    }

    public mutating func appendLiteral(_ literal: String) {
      sql.append(raw: literal)
    }

    /// Binds a value as the next parameter.
    public mutating func appendInterpolation(_ value: some PostgresEncodable) {
      sql.append(parameter: value)
    }

    /// Binds a value or NULL as the next parameter.
    public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
      sql.append(parameter: value)
    }

    /// Inserts another statement and renumbers its parameters.
    public mutating func appendInterpolation(_ fragment: SQL) {
      sql.append(fragment)
    }

    /// Inserts a quoted identifier; a dot is part of the name, so write a qualified name as two interpolations.
    public mutating func appendInterpolation(identifier name: String) {
      sql.append(raw: SQL.quoted(identifier: name))
    }

    /// Inserts text as it is. Never give it outside data.
    public mutating func appendInterpolation(raw text: String) {
      sql.append(raw: text)
    }
  }

  /// `name` between double quotes, inner quotes doubled.
  package static func quoted(identifier name: String) -> String {
    var quoted = "\""
    for character in name.unicodeScalars {
      if character == "\"" { quoted += "\"\"" } else { quoted.unicodeScalars.append(character) }
    }
    return quoted + "\""
  }

  /// `text` as a string literal that is right whatever `standard_conforming_strings` says.
  package static func quoted(literal text: String) -> String {
    var quoted = " E'"
    for character in text.unicodeScalars {
      switch character {
      case "'": quoted += "''"
      case "\\": quoted += "\\\\"
      default: quoted.unicodeScalars.append(character)
      }
    }
    return quoted + "'"
  }
}
