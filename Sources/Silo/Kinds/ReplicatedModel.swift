public import SyncProtocol

/// A kind of row that the other silo needs, declared once: both sides build their sources, sinks and checks from it.
public struct ReplicatedModel: Sendable, Hashable {
  /// Which silo owns the rows.
  public enum Direction: Sendable, Hashable { case toRegion, toControl }
  /// The type of the key column.
  public enum KeyType: String, Sendable, Hashable { case uuid, text, int8 }

  /// A column that travels besides the key. Values travel in PostgreSQL's text form.
  public struct Field: Sendable, Hashable {
    public let name: String
    public let type: String
    public let isOptional: Bool
  }

  public let kind: Kind
  public let direction: Direction
  public let lane: Lane
  /// The name and type of the key column on both sides.
  public let keyColumn: String
  public let keyType: KeyType
  public let fields: [Field]
  /// Whether rows carry control's seal over their other fields (``ReceiptSeal``), and for whom it is good; nil for no seal.
  public let receipt: ReceiptScope?

  /// For whom a receipt is good.
  public enum ReceiptScope: String, Sendable, Hashable {
    /// For the region it was given to.
    case region
    /// Whoever shows it: it says nothing about regions.
    case everywhere
  }

  /// The field that holds the seal.
  public static let receiptField = "receipt"

  init(
    _ kind: StaticString, _ direction: Direction, lane: Lane = .main, key: String = "id", _ keyType: KeyType = .uuid,
    receipt: ReceiptScope? = nil, fields: [(name: String, type: String)]
  ) {
    self.kind = Kind(kind)
    self.direction = direction
    self.lane = lane
    self.keyColumn = key
    self.keyType = keyType
    self.receipt = receipt
    self.fields = fields.map { field in
      let optional = field.type.hasSuffix("?")
      return Field(
        name: field.name, type: String(optional ? field.type.dropLast() : field.type[...]), isOptional: optional)
    }
  }
}
