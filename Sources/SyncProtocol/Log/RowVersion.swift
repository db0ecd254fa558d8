/// How new a row on the wire is. It exists on the wire and beside replicas only, in no source table.
///
/// Compared field by field in declaration order. What arrives applies unless what is there is *newer*: equal applies.
public struct RowVersion: Sendable, Hashable, Comparable {
  /// The home generation of the organization that the row belongs to; 0 for rows that control owns.
  public let generation: Int64
  /// The ordinal of the source log's epoch.
  public let epoch: Int32
  /// The head of the source log visible in the snapshot that read the row.
  public let head: Position

  public init(generation: Int64, epoch: Int32, head: Position) {
    self.generation = generation
    self.epoch = epoch
    self.head = head
  }

  public static func < (left: RowVersion, right: RowVersion) -> Bool {
    (left.generation, left.epoch, left.head) < (right.generation, right.epoch, right.head)
  }
}

/// A row as its receiver shall hold it: the fields it is entitled to, or an explicit remove.
public struct RowImage: Sendable, Hashable {
  public let row: RowReference
  public let version: RowVersion
  /// Column values in PostgreSQL's text form by column name, ascending; nil is SQL NULL. `fields == nil` is a remove.
  public let fields: [Field]?

  public struct Field: Sendable, Hashable {
    public let name: String
    public let value: String?

    public init(name: String, value: String?) {
      self.name = name
      self.value = value
    }
  }

  public init(row: RowReference, version: RowVersion, fields: [Field]?) {
    self.row = row
    self.version = version
    self.fields = fields
  }
}
