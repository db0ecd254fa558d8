import SyncProtocol
import Testing

@testable import Outbox

@Suite("rows as text for COPY")
struct CopyTextTests {
  private func row(_ key: String, _ fields: [(String, String?)], generation: Int64 = 0) throws -> RowImage {
    RowImage(
      row: RowReference(kind: Pair.item.kind, key: try #require(RowKey(key))),
      version: RowVersion(generation: generation, epoch: 2, head: try #require(Position(12))),
      fields: fields.map { .init(name: $0.0, value: $0.1) })
  }

  private func text(_ rows: [RowImage], _ columns: [String], except refused: Set<RowKey> = [], stream: Int16? = nil)
    -> String
  {
    var text = CopyText(columns: columns, stream: stream)
    #expect(text.append(rows[...], except: refused).isEmpty)
    return String(decoding: text.bytes, as: UTF8.self)
  }

  @Test("rows of different shapes and versions each have their own values") func shapes() throws {
    let rows = [
      try row("a", [("id", "a"), ("name", "x")]), try row("b", [("name", nil), ("zone", "z")], generation: 7),
      try row("c", []), try row("d", [("age", "1"), ("id", "d"), ("name", "y"), ("zone", "w")], generation: 7),
      try row("e", [("id", "e"), ("name", "tab\t\\ \n\u{b}é")]),
    ]
    #expect(
      text(rows, ["name", "zone"]) == """
        a\t0\t2\t12\tx\t\\N
        b\t7\t2\t12\t\\N\tz
        c\t0\t2\t12\t\\N\t\\N
        d\t7\t2\t12\ty\tw
        e\t0\t2\t12\ttab\\t\\\\ \\n\\vé\t\\N

        """)
    #expect(
      text(rows, [], except: [rows[0].row.key, rows[3].row.key], stream: 7)
        == "b\t7\t2\t12\t7\nc\t0\t2\t12\t7\ne\t0\t2\t12\t7\n")
  }

  @Test("no more than is full stays in memory, and no row is lost between two parts") func parts() throws {
    let value = String(repeating: "v", count: 20_000)
    let rows = try (0..<10).map { try row("\($0)", [("name", value)]) }
    var text = CopyText(columns: ["name"], stream: nil)
    var rest = rows[...]
    var (lines, parts) = ([String](), 0)
    while !rest.isEmpty {
      rest = text.append(rest, except: [])
      #expect(text.bytes.count < CopyText.fullBytes + 20_100)
      lines += String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      text.clear()
      parts += 1
    }
    #expect(parts == 3)
    #expect(lines == rows.map { "\($0.row.key)\t0\t2\t12\t\(value)" })
  }
}
