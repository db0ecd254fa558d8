internal import Postgres
internal import SyncProtocol

/// The rows of one upsert as SQL: one array a column, in the column's own type where that is cheap, and the version once when all rows share it, which the
/// rows of one batch do but for the generation.
struct ReplicaBatch {
  /// `unnest(…) AS n (key, c0, …)`, to be selected from as `i`.
  let source: SQL
  /// The key in the column's type, and as the text that tombstones are found by.
  let key: SQL
  let keyText: SQL
  /// Generation, epoch and head.
  let version: SQL
  /// The columns in their types.
  let values: [SQL]

  init(_ rows: [RowImage], key keyColumn: ReplicaColumn, columns: [ReplicaColumn]) {
    let keys = rows.map(\.row.key.text)
    var lists: SQL
    var names: SQL = "key"
    if keyColumn.isInteger, let numbers = Self.canonicalIntegers(keys) {
      lists = "\(numbers)"
      key = "i.key"
      keyText = "i.key::text"
    } else {
      lists = "\(keys)"
      key = "i.key::\(raw: keyColumn.type)"
      keyText = "i.key"
    }
    var values: [SQL] = []
    for (index, column) in columns.enumerated() {
      let name = SQL(raw: "c\(index)")
      names += ", \(name)"
      let texts = rows.map { $0.value(of: column.name) }
      if column.isInteger, let numbers = Self.integers(texts) {
        lists += ", \(numbers)"
        values.append("i.\(name)")
      } else {
        lists += ", \(texts)"
        values.append(column.type == "text" ? "i.\(name)" : "i.\(name)::\(raw: column.type)")
      }
    }
    if let first = rows.first?.version, rows.allSatisfy({ $0.version == first }) {
      version = "\(first.generation), \(first.epoch), \(first.head.value)"
    } else {
      lists += ", \(rows.map(\.version.generation)), \(rows.map(\.version.epoch)), \(rows.map(\.version.head.value))"
      names += ", generation, epoch, head"
      version = "i.generation, i.epoch, i.head"
    }
    self.values = values
    source = "unnest(\(lists)) AS n (\(names))"
  }

  /// Nil when one of the texts is no integer that the server would write in the same way: another text is another key.
  private static func canonicalIntegers(_ texts: [String]) -> [Int64]? {
    var numbers: [Int64] = []
    numbers.reserveCapacity(texts.count)
    for text in texts {
      guard let number = Int64(text), String(number) == text else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  /// Nil when one of the texts is no integer: the server then says so as it does of any bad value.
  private static func integers(_ texts: [String?]) -> [Int64?]? {
    var numbers: [Int64?] = []
    numbers.reserveCapacity(texts.count)
    for text in texts {
      guard let text else {
        numbers.append(nil)
        continue
      }
      guard let number = Int64(text) else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}

extension ReplicaColumn {
  fileprivate var isInteger: Bool { type == "int8" || type == "bigint" }
}

extension RowImage {
  /// The value of a field; fields are ascending and few.
  func value(of name: String) -> String? {
    fields?.first { $0.name == name }?.value
  }
}
