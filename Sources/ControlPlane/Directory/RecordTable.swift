/// A hash table over records that lie densely in an array: 8 bytes a slot, linear probing, deletion by shifting back, so that nothing degrades over time.
///
/// The caller hashes, with a seed that nobody outside knows (`Hasher`): keys are chosen by strangers.
struct RecordTable<Record: Sendable>: Sendable {
  private(set) var records: [Record] = []
  /// Tag in the upper half, index + 1 in the lower; 0 is free. The tag's low bits are the place where probing begins.
  private var slots: [UInt64]
  private var mask: Int

  init() {
    slots = [UInt64](repeating: 0, count: 8)
    mask = 7
  }

  /// Bytes that are allocated.
  var footprint: Int { records.capacity * MemoryLayout<Record>.stride + slots.capacity * MemoryLayout<UInt64>.stride }

  /// Makes room for so many records.
  mutating func reserve(_ count: Int) {
    if records.capacity < count { records.reserveCapacity(count) }
    var size = slots.count
    while count * 4 > size * 3 { size *= 2 }
    if size > slots.count { resize(to: size) }
  }

  func index(_ hash: UInt64, where isMatch: (Record) -> Bool) -> Int? {
    let tag = hash & 0xFFFF_FFFF
    var place = Int(truncatingIfNeeded: tag) & mask
    while slots[place] != 0 {
      let slot = slots[place]
      if slot >> 32 == tag {
        let index = Int(truncatingIfNeeded: slot & 0xFFFF_FFFF) - 1
        if isMatch(records[index]) { return index }
      }
      place = (place + 1) & mask
    }
    return nil
  }

  /// Adds a record whose key is not there.
  mutating func insert(_ record: Record, hash: UInt64) {
    if (records.count + 1) * 4 > slots.count * 3 { resize(to: slots.count * 2) }
    // A quarter more at a time instead of twice: a map of millions must not be half empty.
    if records.count == records.capacity { records.reserveCapacity(records.count + max(8, records.count / 4)) }
    records.append(record)
    place(hash & 0xFFFF_FFFF, index: records.count)
  }

  mutating func update(_ index: Int, _ body: (inout Record) -> Void) { body(&records[index]) }

  mutating func updateAll(_ body: (inout Record) -> Void) { for index in records.indices { body(&records[index]) } }

  /// Takes a record out. The last one moves to its place. - Parameter hash: of any record, as it was inserted.
  mutating func remove(at index: Int, hash: (Record) -> UInt64) {
    let last = records.count - 1
    let hole = slot(of: index, hash(records[index]))
    if index != last {
      let moved = slot(of: last, hash(records[last]))
      slots[moved] = slots[moved] & ~0xFFFF_FFFF | UInt64(index + 1)
      records[index] = records[last]
    }
    records.removeLast()
    close(hole)
  }

  private func slot(of index: Int, _ hash: UInt64) -> Int {
    var place = Int(truncatingIfNeeded: hash & 0xFFFF_FFFF) & mask
    while slots[place] & 0xFFFF_FFFF != UInt64(index + 1) { place = (place + 1) & mask }
    return place
  }

  /// Frees a slot and moves back what was pushed behind it.
  private mutating func close(_ slot: Int) {
    var hole = slot
    var next = (hole + 1) & mask
    while slots[next] != 0 {
      let home = Int(truncatingIfNeeded: slots[next] >> 32) & mask
      if (next - home) & mask >= (next - hole) & mask {
        slots[hole] = slots[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    slots[hole] = 0
  }

  private mutating func place(_ tag: UInt64, index: Int) {
    var place = Int(truncatingIfNeeded: tag) & mask
    while slots[place] != 0 { place = (place + 1) & mask }
    slots[place] = tag << 32 | UInt64(index)
  }

  private mutating func resize(to size: Int) {
    let old = slots
    slots = [UInt64](repeating: 0, count: size)
    mask = size - 1
    for slot in old where slot != 0 { place(slot >> 32, index: Int(truncatingIfNeeded: slot & 0xFFFF_FFFF)) }
  }
}
