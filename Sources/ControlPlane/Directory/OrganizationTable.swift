internal import Silo

/// Homes of organizations by id: 32 bytes a record, and the slug in use.
struct OrganizationTable: Sendable {
  private struct Record: Sendable {
    let id: DirectoryKey
    var generation: Int64
    var slug: PackedText.Place
    var region: Int16
    /// The state in the two low bits, the mark in the others.
    var flags: UInt8

    var hash: UInt64 { id.hash }
  }

  /// What a home is without its slug.
  struct Home: Sendable {
    let region: RegionNumber
    let generation: Int64
    let state: OrganizationHomeState
    let slug: String?
  }

  private static let states: [OrganizationHomeState] = [.provisioning, .active, .deleting]

  private var table = RecordTable<Record>()
  private var texts = PackedText()

  var count: Int { table.records.count }
  var footprint: Int { table.footprint + texts.footprint }

  mutating func reserve(_ count: Int) { table.reserve(count) }

  func home(_ id: DirectoryKey, _ hash: UInt64, withSlug: Bool) -> Home? {
    guard let index = table.index(hash, where: { $0.id == id }) else { return nil }
    let record = table.records[index]
    let state = Int(record.flags & 3)
    guard let region = RegionNumber(Int(record.region)), state < Self.states.count else { return nil }
    return Home(
      region: region, generation: record.generation, state: Self.states[state],
      slug: withSlug ? texts.string(record.slug) : nil)
  }

  mutating func put(_ organization: DirectoryChanges.Organization, _ id: DirectoryKey, _ hash: UInt64, mark: UInt8) {
    let state = UInt8(truncatingIfNeeded: Self.states.firstIndex(of: organization.state) ?? 0)
    var slug = organization.slug
    slug.withUTF8 { text in
      if let index = table.index(hash, where: { $0.id == id }) {
        var place = table.records[index].slug
        if !texts.equals(place, text) {
          texts.drop(place)
          place = texts.add(text)
        }
        table.update(index) { record in
          record.slug = place
          record.region = organization.region.value
          record.generation = organization.generation
          record.flags = mark << 2 | state
        }
      } else {
        let record = Record(
          id: id, generation: organization.generation, slug: texts.add(text), region: organization.region.value,
          flags: mark << 2 | state)
        table.insert(record, hash: hash)
      }
    }
    if texts.isSparse { pack() }
  }

  mutating func remove(_ id: DirectoryKey, _ hash: UInt64) {
    guard let index = table.index(hash, where: { $0.id == id }) else { return }
    texts.drop(table.records[index].slug)
    table.remove(at: index) { $0.hash }
  }

  /// Takes out what does not carry the mark.
  mutating func sweep(keeping mark: UInt8) {
    for index in table.records.indices.reversed() where table.records[index].flags >> 2 != mark & 63 {
      texts.drop(table.records[index].slug)
      table.remove(at: index) { $0.hash }
    }
  }

  private mutating func pack() {
    let old = texts
    var new = PackedText()
    table.updateAll { record in record.slug = old.withText(record.slug) { new.add($0) } }
    texts = new
  }

  /// Every organization, for the file.
  func forEach(_ body: (DirectoryChanges.Organization) throws -> Void) rethrows {
    for record in table.records {
      guard let region = RegionNumber(Int(record.region)), Int(record.flags & 3) < Self.states.count else { continue }
      try body(
        DirectoryChanges.Organization(
          id: OrganizationID(record.id.uuid), slug: texts.string(record.slug), region: region,
          generation: record.generation, state: Self.states[Int(record.flags & 3)]))
    }
  }
}
