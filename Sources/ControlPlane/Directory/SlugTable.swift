internal import Silo

/// Organizations by slug, in use or resting: 24 bytes a record, and the text.
struct SlugTable: Sendable {
  private struct Record: Sendable {
    var organization: DirectoryKey
    var slug: PackedText.Place
    /// Whether it rests in the low bit, the mark in the others.
    var flags: UInt8
  }

  private var table = RecordTable<Record>()
  private var texts = PackedText()

  var count: Int { table.records.count }
  var footprint: Int { table.footprint + texts.footprint }

  mutating func reserve(_ count: Int) { table.reserve(count) }

  /// Seeded by the process: strangers choose slugs.
  static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(bytes: UnsafeRawBufferPointer(text))
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }

  func owner(_ text: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> (organization: DirectoryKey, isAlias: Bool)? {
    guard let index = table.index(hash, where: { texts.equals($0.slug, text) }) else { return nil }
    let record = table.records[index]
    return (record.organization, record.flags & 1 == 1)
  }

  mutating func put(
    _ text: UnsafeBufferPointer<UInt8>, _ hash: UInt64, organization: DirectoryKey, isAlias: Bool, mark: UInt8
  ) {
    let flags = mark << 1 | (isAlias ? 1 : 0)
    if let index = table.index(hash, where: { texts.equals($0.slug, text) }) {
      table.update(index) { record in
        record.organization = organization
        record.flags = flags
      }
    } else {
      table.insert(Record(organization: organization, slug: texts.add(text), flags: flags), hash: hash)
    }
  }

  mutating func remove(_ text: UnsafeBufferPointer<UInt8>, _ hash: UInt64) {
    guard let index = table.index(hash, where: { texts.equals($0.slug, text) }) else { return }
    remove(at: index)
  }

  /// Takes out what does not carry the mark.
  mutating func sweep(keeping mark: UInt8) {
    for index in table.records.indices.reversed() where table.records[index].flags >> 1 != mark & 127 {
      remove(at: index)
    }
  }

  private mutating func remove(at index: Int) {
    texts.drop(table.records[index].slug)
    let texts = texts
    table.remove(at: index) { texts.withText($0.slug, Self.hash) }
    if texts.isSparse { pack() }
  }

  private mutating func pack() {
    let old = texts
    var new = PackedText()
    table.updateAll { record in record.slug = old.withText(record.slug) { new.add($0) } }
    texts = new
  }

  /// Every slug, for the file.
  func forEach(_ body: (DirectoryChanges.Slug) throws -> Void) rethrows {
    for record in table.records {
      try body(
        DirectoryChanges.Slug(
          texts.string(record.slug), of: OrganizationID(record.organization.uuid), isAlias: record.flags & 1 == 1))
    }
  }
}
