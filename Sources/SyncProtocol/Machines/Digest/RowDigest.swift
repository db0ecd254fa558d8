internal import Crypto

/// The digests of anti-entropy, as docs/protocol.md §11 defines them.
///
/// Each is SHA-256 over a list of length-prefixed fields. A value is one byte 1 and its text, or one byte 0 for NULL.
public enum RowDigest {
  /// Bytes of a row's or column's digest that travel.
  public static let shortLength = 16

  /// The digest of a row: key and every column of the subject; a column that `fields` lacks is NULL.
  public static func row(_ subject: ComparisonSubject, key: RowKey, fields: [RowImage.Field]) -> [UInt8] {
    var list = head("atoll-row-v1", subject)
    list.append(key.text)
    let values = Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
    for column in subject.columns {
      list.append(column)
      list.append(value(values[column] ?? nil))
    }
    return Array(SHA256.hash(data: list.bytes))
  }

  /// The short digest of each column of a row, in the order of the subject's columns.
  public static func columns(_ subject: ComparisonSubject, key: RowKey, fields: [RowImage.Field]) -> [[UInt8]] {
    let values = Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
    return subject.columns.map { column in
      var list = head("atoll-column-v1", subject)
      list.append(key.text)
      list.append(column)
      list.append(value(values[column] ?? nil))
      return Array(SHA256.hash(data: list.bytes).prefix(shortLength))
    }
  }

  /// The digest of a range: the number of rows and their digests, ascending as bytes, so that no order of keys matters.
  public static func range(_ subject: ComparisonSubject, rows: [[UInt8]]) -> [UInt8] {
    var list = head("atoll-digest-v1", subject)
    list.append(Int64(rows.count))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(rows.count * 32)
    for row in rows.sorted(by: { $0.lexicographicallyPrecedes($1) }) { bytes.append(contentsOf: row) }
    list.append(bytes)
    return Array(SHA256.hash(data: list.bytes))
  }

  private static func head(_ context: String, _ subject: ComparisonSubject) -> LengthPrefixed {
    var list = LengthPrefixed(context: context)
    list.append(subject.salt)
    list.append(subject.stream.description)
    list.append(subject.audience.description)
    list.append(subject.kind.name)
    return list
  }

  private static func value(_ text: String?) -> [UInt8] {
    guard let text else { return [0] }
    return [1] + Array(text.utf8)
  }
}
