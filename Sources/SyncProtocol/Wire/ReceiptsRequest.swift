/// One page of what a region holds of control's grants, asked for by ``PullAnswer/reconcile``.
public struct ReceiptsRequest: Sendable, Hashable {
  /// Receipts and ended organizations of one page together.
  public static let maximumItems = 500

  public var session: String
  /// Rises with every request of the key.
  public var counter: Int64
  /// The value of ``PullAnswer/reconcile``.
  public var reconcile: String
  public var receipts: [ReceiptDocument]
  /// Ids of organizations that ended here.
  public var ended: [RowKey]
  /// True on the last page.
  public var isComplete: Bool

  public init(
    session: String, counter: Int64, reconcile: String, receipts: [ReceiptDocument], ended: [RowKey], isComplete: Bool
  ) {
    self.session = session
    self.counter = counter
    self.reconcile = reconcile
    self.receipts = receipts
    self.ended = ended
    self.isComplete = isComplete
  }
}

extension ReceiptsRequest: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    session = try reader.field("session").label()
    counter = try reader.field("counter").decimal()
    reconcile = try reader.field("reconcile").label()
    receipts = try reader.field("receipts").elements(maximum: Self.maximumItems) { (element) throws(JSONError) in
      try ReceiptDocument(element)
    }
    ended = try reader.field("ended").elements(maximum: Self.maximumItems) { (element) throws(JSONError) in
      try element.parsed("a key") { RowKey($0) }
    }
    isComplete = try reader.field("complete").bool()
  }

  public var json: JSONValue {
    [
      "session": .string(session), "counter": .decimal(counter), "reconcile": .string(reconcile),
      "receipts": .array(receipts.map(\.json)), "ended": .array(ended.map { .string($0.text) }),
      "complete": .bool(isComplete),
    ]
  }
}

/// What control made of one page.
public struct ReceiptsAnswer: Sendable, Hashable {
  /// Receipts that said something new.
  public var merged: Int64
  /// Receipts that wait for an operator.
  public var parked: Int64

  public init(merged: Int64, parked: Int64) {
    self.merged = merged
    self.parked = parked
  }
}

extension ReceiptsAnswer: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    merged = try reader.field("merged").integer(in: 0...Int64.max)
    parked = try reader.field("parked").integer(in: 0...Int64.max)
  }

  public var json: JSONValue { ["merged": .integer(merged), "parked": .integer(parked)] }
}
