public import SyncProtocol

/// A row as one receiver may hold it now.
public struct SourceRow: Sendable, Hashable {
  /// The home generation of the organization that owns the row; 0 for rows of control.
  public let generation: Int64
  /// Values in PostgreSQL's text form, ascending by name; nil when the row is gone or the receiver is not entitled to it.
  public let fields: [RowImage.Field]?

  public init(generation: Int64 = 0, fields: [RowImage.Field]?) {
    self.generation = generation
    self.fields = fields
  }

  /// A row from its values by column name.
  public init(generation: Int64 = 0, values: [(name: String, value: String?)]) {
    self.init(
      generation: generation,
      fields: values.sorted { $0.name < $1.name }.map { RowImage.Field(name: $0.name, value: $0.value) })
  }
}
