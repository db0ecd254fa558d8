internal import Crypto
internal import FoundationEssentials
internal import SyncProtocol

/// A delivery that this dispatcher leased.
struct WebhookDelivery: Sendable {
  let webhook: UUID
  let url: String
  let sealedSecrets: [[UInt8]]
  let row: RowReference
  let version: RowVersion
  let isRemoved: Bool
  let attempts: Int32
  /// The applied row; nil when it is gone.
  var fields: [RowImage.Field]?

  /// The same for every attempt and every endpoint: (kind, key, version), without dots, which separate the signed parts.
  var id: String {
    let key = row.key.text
    let isPlain = key.utf8.allSatisfy {
      $0 == 0x2D || $0 == 0x5F || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || (0x30...0x39).contains($0)
    }
    let name = isPlain ? key : SHA256.hash(data: Array(key.utf8)).map { Self.hexadecimal($0) }.joined()
    return "\(row.kind.name)_\(name)_\(version.generation)-\(version.epoch)-\(version.head)"
  }

  /// `{"type":"user.changed","data":{"kind","key","version":{…},"row":{…}}}`; `row` is null for a removed one.
  var body: [UInt8] {
    let isGone = isRemoved || fields == nil
    var values = JSONObject()
    for field in fields ?? [] { values[field.name] = field.value.map { JSONValue.string($0) } ?? JSONValue.null }
    let version: JSONObject = [
      "generation": .string(String(version.generation)), "epoch": .integer(Int64(version.epoch)),
      "head": .string(String(version.head)),
    ]
    let data: JSONObject = [
      "kind": .string(row.kind.name), "key": .string(row.key.text), "version": .object(version),
      "row": isGone ? .null : .object(values),
    ]
    return JSONWriter.write(
      .object(["type": .string("\(row.kind.name).\(isGone ? "removed" : "changed")"), "data": .object(data)]))
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
  }
}
