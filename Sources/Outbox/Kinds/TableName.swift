internal import Postgres

/// A table with its schema, both as written in the catalogue: quoting is done here.
public struct TableName: Sendable, Hashable {
  public let schema: String
  public let name: String

  public init(_ schema: String, _ name: String) {
    self.schema = schema
    self.name = name
  }

  /// `"schema"."name"`.
  public var quoted: String { "\(SQL.quoted(identifier: schema)).\(SQL.quoted(identifier: name))" }
}
