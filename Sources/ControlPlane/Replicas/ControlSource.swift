internal import FoundationEssentials
package import Outbox
package import Postgres
internal import Silo
package import SyncProtocol

/// A kind that control sends, read with SQL that checks the receiver's entitlement in the very statement that reads the row.
///
/// Rows of control have generation 0.
package struct ControlSource: ComparableSource {
  /// Whom rows concern: rows of (key as text, region), or nil for every region.
  typealias Concerns = @Sendable (_ keys: [RowKey]) -> SQL
  /// The entitled rows: a column `key` as text and the model's fields as text, by name.
  typealias Rows = @Sendable (_ keys: [RowKey], _ region: Int16) -> SQL
  /// The next keys that a region is entitled to, ascending: rows of (key as text).
  typealias Keys = @Sendable (_ region: Int16, _ after: String, _ limit: Int) -> SQL

  private let model: ReplicatedModel
  private let concerns: Concerns?
  private let rows: Rows
  private let keys: Keys
  /// Seals rows of the kinds that have receipts; nil for none.
  private var signer: (@Sendable () -> SigningKey)?

  init(_ model: ReplicatedModel, concerns: Concerns?, rows: @escaping Rows, keys: @escaping Keys) {
    self.model = model
    self.concerns = concerns
    self.rows = rows
    self.keys = keys
  }

  package var declaration: KindDeclaration {
    KindDeclaration(model.kind, key: model.keyType == .text ? .text : .uuid, lane: model.lane)
  }

  /// Without the receipt: a seal over the row, which changes with control's keys.
  package var projection: [String] { model.fields.map(\.name).filter { $0 != "receipt" }.sorted() }

  package func receivers(
    of keys: [RowKey], on connection: PostgresConnection
  ) async throws -> [RowKey: Receivers] {
    guard let concerns else { return Dictionary(keys.map { ($0, .all) }, uniquingKeysWith: { first, _ in first }) }
    return try await Receivers.query(concerns(keys), on: connection)
  }

  package func read(
    _ keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [RowKey: SourceRow] {
    try await statement(keys, for: receiver).run(on: connection)
  }

  package func reading(_ keys: [RowKey], for receiver: SiloNumber) -> SourceReading? { statement(keys, for: receiver) }

  private func statement(_ keys: [RowKey], for receiver: SiloNumber) -> SourceReading {
    SourceReading(rows(keys, Int16(receiver.value))) { rows in
      var read: [RowKey: SourceRow] = [:]
      for row in rows {
        guard let key = RowKey(try row.decode(column: "key", as: String.self)) else { continue }
        var values = try model.fields.filter { $0.name != ReplicatedModel.receiptField }
          .map { (name: $0.name, value: try row.decode(column: $0.name, as: String?.self)) }
        if model.receipt != nil {
          let receipt = try receipt(key, values, region: RegionNumber(receiver))
          values.append((name: ReplicatedModel.receiptField, value: receipt))
        }
        read[key] = SourceRow(values: values)
      }
      return read
    }
  }

  package func estimate(_ receiver: SiloNumber, on connection: PostgresConnection) async throws -> Int64? {
    let first = model.keyType == .text ? "" : "00000000-0000-0000-0000-000000000000"
    return try await connection.query(
      "SELECT count(*) FROM (\(keys(Int16(receiver.value), first, Int(Int32.max)))) AS k"
    ).only().decode(Int64.self)
  }

  package func entitled(
    _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [RowKey] {
    let first = model.keyType == .text ? "" : "00000000-0000-0000-0000-000000000000"
    return try await connection.query(keys(Int16(receiver.value), last?.text ?? first, limit))
      .decode(String.self).compactMap { RowKey($0) }
  }
}

extension ControlSource {
  /// The same source, whose rows carry receipts by the key that seals now.
  func sealing(by signer: @escaping @Sendable () -> SigningKey) -> ControlSource {
    var sealing = self
    sealing.signer = signer
    return sealing
  }

  private func receipt(
    _ key: RowKey, _ values: [(name: String, value: String?)], region: RegionNumber?
  ) throws -> String? {
    guard let signer, let region else { return nil }
    return try ReceiptSeal.text(model, key: key.text, region: region, by: signer()) { name in
      values.first { $0.name == name }?.value
    }
  }
}
