/// The encoded parameters of one statement: one byte arena and, for each parameter, its place in it.
///
/// Pointers into the arena are formed only inside the one closure that hands them to libpq.
struct ParameterList: Sendable {
  struct Entry: Sendable {
    var type: PostgresType
    var offset: Int
    var length: Int
    var isNull: Bool
  }

  private(set) var arena: [UInt8] = []
  private(set) var entries: [Entry] = []

  var count: Int { entries.count }
  var isEmpty: Bool { entries.isEmpty }

  mutating func append<Value: PostgresEncodable>(_ value: Value) {
    let offset = arena.count
    guard !value.isPostgresNull else {
      entries.append(Entry(type: Value.postgresType, offset: offset, length: 0, isNull: true))
      return
    }
    value.encode(into: &arena)
    entries.append(Entry(type: Value.postgresType, offset: offset, length: arena.count - offset, isNull: false))
  }

  mutating func append(_ other: ParameterList) {
    let base = arena.count
    arena += other.arena
    for var entry in other.entries {
      entry.offset += base
      entries.append(entry)
    }
  }
}
