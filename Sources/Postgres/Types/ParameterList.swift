/// The encoded parameters of one statement: one byte arena and, for each parameter, its type and its place in it.
///
/// Pointers into the arena are formed only inside the one closure that hands them to libpq.
struct ParameterList: Sendable {
  private(set) var arena: [UInt8] = []
  private(set) var types: [PostgresType] = []
  /// Where each value begins in the arena, -1 for NULL.
  private(set) var offsets: [Int] = []
  private(set) var lengths: [Int32] = []

  var count: Int { types.count }
  var isEmpty: Bool { types.isEmpty }

  mutating func append<Value: PostgresEncodable>(_ value: Value) {
    types.append(Value.postgresType)
    guard !value.isPostgresNull else {
      offsets.append(-1)
      lengths.append(0)
      return
    }
    let offset = arena.count
    value.encode(into: &arena)
    offsets.append(offset)
    lengths.append(Int32(truncatingIfNeeded: arena.count - offset))
  }

  mutating func append(_ other: ParameterList) {
    let base = arena.count
    arena += other.arena
    types += other.types
    lengths += other.lengths
    offsets += other.offsets.map { $0 < 0 ? $0 : $0 + base }
  }
}
