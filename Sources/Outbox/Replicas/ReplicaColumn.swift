/// A column that travels: its name, which is the field's name, and its SQL type in the receiving table.
public struct ReplicaColumn: Sendable, Hashable {
  public let name: String
  /// As in `CREATE TABLE`, such as `uuid` or `timestamptz`. A constant of the program: it becomes SQL text.
  public let type: String

  public init(_ name: String, _ type: StaticString) {
    self.name = name
    self.type = type.description
  }
}
