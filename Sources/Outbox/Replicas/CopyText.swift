internal import SyncProtocol

/// Rows in the text format of `COPY` (PostgreSQL, COPY, "Text Format"): key, version, the columns, and the stream where there is a column for it.
struct CopyText {
  /// The server works on what it has while the rest is written.
  static let fullBytes = 64 << 10

  private(set) var bytes: [UInt8] = []
  private let columns: [String]
  /// Behind the last column, with the end of the row.
  private let end: [UInt8]
  /// In which place of its fields the row before had each column: rows of a chunk have one shape.
  private var places: [Int]
  /// Between key and columns. Rows of a chunk mostly have one version.
  private var version: (value: RowVersion, text: [UInt8])?

  init(columns: [String], stream: Int16?) {
    self.columns = columns
    places = columns.map { _ in 0 }
    end = (stream.map { Array("\t\($0)".utf8) } ?? []) + [0x0a]
    bytes.reserveCapacity(Self.fullBytes + 4096)
  }

  /// Writes rows until there are ``fullBytes`` and returns the others.
  mutating func append(_ rows: ArraySlice<RowImage>, except refused: Set<RowKey>) -> ArraySlice<RowImage> {
    for index in rows.indices {
      if bytes.count >= Self.fullBytes { return rows[index...] }
      if refused.isEmpty || !refused.contains(rows[index].row.key) { append(rows[index]) }
    }
    return []
  }

  mutating func clear() { bytes.removeAll(keepingCapacity: true) }

  private mutating func append(_ row: RowImage) {
    append(row.row.key.text)
    if let version, version.value == row.version {
      bytes.append(contentsOf: version.text)
    } else {
      let text = Array("\t\(row.version.generation)\t\(row.version.epoch)\t\(row.version.head.value)".utf8)
      version = (row.version, text)
      bytes.append(contentsOf: text)
    }
    let fields = row.fields ?? []
    for column in columns.indices {
      bytes.append(0x09)
      append(value(column, of: fields))
    }
    bytes.append(contentsOf: end)
  }

  private mutating func value(_ column: Int, of fields: [RowImage.Field]) -> String? {
    let place = places[column]
    if place < fields.count, fields[place].name == columns[column] { return fields[place].value }
    guard let place = fields.firstIndex(where: { $0.name == columns[column] }) else { return nil }
    places[column] = place
    return fields[place].value
  }

  /// Adds a value; nil is NULL.
  private mutating func append(_ value: String?) {
    guard let value else { return bytes.append(contentsOf: [0x5c, 0x4e]) }
    let isPlain = value.utf8.withContiguousStorageIfAvailable { utf8 in
      for byte in utf8 where byte == 0x5c || (0x08...0x0d).contains(byte) { return false }
      bytes.append(contentsOf: utf8)
      return true
    }
    if isPlain != true { appendEscaped(value) }
  }

  private mutating func appendEscaped(_ value: String) {
    for byte in value.utf8 {
      switch byte {
      case 0x5c: bytes.append(contentsOf: [0x5c, 0x5c])
      case 0x08...0x0d: bytes.append(contentsOf: [0x5c, Self.escapes[Int(byte - 0x08)]])
      default: bytes.append(byte)
      }
    }
  }

  /// What stands behind the backslash for the bytes 8 to 13.
  private static let escapes = Array("btnvfr".utf8)
}
