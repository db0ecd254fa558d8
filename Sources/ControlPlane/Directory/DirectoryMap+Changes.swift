internal import Silo
internal import Synchronization

extension DirectoryMap {
  /// Takes rows as they are now. Homes come first and go last, so that whatever is found has one.
  package func apply(_ changes: DirectoryChanges) { apply(changes, mark: standing.withLock { $0.mark }) }

  func apply(_ changes: DirectoryChanges, mark: UInt8) {
    if let regions = changes.regions {
      let new = RegionTable(regions)
      table.withLock { $0 = new }
    }
    for organization in changes.organizations {
      let id = DirectoryKey(organization.id.uuid)
      let hash = id.hash
      organizations[Self.part(hash)].table.withLock { $0.put(organization, id, hash, mark: mark) }
    }
    for slug in changes.slugs {
      let organization = DirectoryKey(slug.organization.uuid)
      withSlug(slug.text) { table, text, hash in
        table.put(text, hash, organization: organization, isAlias: slug.isAlias, mark: mark)
      }
    }
    for row in changes.keys {
      withKey(row.publicKey) { table, key, hash in table.put(row, key, hash, mark: mark) }
    }
    for key in changes.goneKeys { withKey(key) { table, key, hash in table.remove(key, hash) } }
    for slug in changes.goneSlugs { withSlug(slug) { table, text, hash in table.remove(text, hash) } }
    for organization in changes.goneOrganizations {
      let id = DirectoryKey(organization.uuid)
      let hash = id.hash
      organizations[Self.part(hash)].table.withLock { $0.remove(id, hash) }
    }
  }

  /// Begins a reading of everything: what it does not bring is taken out at its end.
  func beginLoad() -> UInt8 {
    standing.withLock { standing in
      // 0 is the mark of a map that was never loaded; 63 are told apart by the smallest table.
      standing.mark = standing.mark % 63 + 1
      return standing.mark
    }
  }

  /// Ends a reading of everything.
  func endLoad(_ mark: UInt8) {
    for part in keys { part.table.withLock { $0.sweep(keeping: mark) } }
    for part in slugs { part.table.withLock { $0.sweep(keeping: mark) } }
    for part in organizations { part.table.withLock { $0.sweep(keeping: mark) } }
    standing.withLock { $0.isLoaded = true }
  }

  /// Makes room before many rows come.
  func reserve(organizations: Int, slugs: Int, keys: Int) {
    // Parts are not equally full.
    let room = { (count: Int) in count / Self.parts + count / Self.parts / 50 + 8 }
    for part in self.organizations { part.table.withLock { $0.reserve(room(organizations)) } }
    for part in self.slugs { part.table.withLock { $0.reserve(room(slugs)) } }
    for part in self.keys { part.table.withLock { $0.reserve(room(keys)) } }
  }

  /// How many organizations, slugs and keys there are.
  package var counts: (organizations: Int, slugs: Int, keys: Int) {
    (
      organizations.reduce(0) { $0 + $1.table.withLock { $0.count } },
      slugs.reduce(0) { $0 + $1.table.withLock { $0.count } }, keys.reduce(0) { $0 + $1.table.withLock { $0.count } }
    )
  }

  /// Bytes that the tables have allocated.
  package var footprint: Int {
    organizations.reduce(0) { $0 + $1.table.withLock { $0.footprint } }
      + slugs.reduce(0) { $0 + $1.table.withLock { $0.footprint } }
      + keys.reduce(0) { $0 + $1.table.withLock { $0.footprint } }
  }

  private func withSlug(_ slug: String, _ body: (inout SlugTable, UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    Self.withBytes(slug) { text in
      guard (1...63).contains(text.count) else { return }
      let hash = SlugTable.hash(text)
      slugs[Self.part(hash)].table.withLock { body(&$0, text, hash) }
    }
  }

  private func withKey(_ publicKey: String, _ body: (inout ProjectKeyTable, DirectoryKey, UInt64) -> Void) {
    Self.withBytes(publicKey) { text in
      guard let key = DirectoryKey(hexadecimal: text) else { return }
      let hash = key.hash
      keys[Self.part(hash)].table.withLock { body(&$0, key, hash) }
    }
  }
}

extension DirectoryMap {
  /// Everything in pieces, regions first. Each part is locked while it is copied.
  func forEachPart(_ body: (DirectoryChanges) throws -> Void) throws {
    var rows = DirectoryChanges()
    rows.regions = table.withLock {
      DirectoryChanges.Regions($0.all, defaultRegion: $0.defaultRegion?.number)
    }
    try body(rows)
    rows = DirectoryChanges()
    for part in organizations {
      part.table.withLock { table in table.forEach { rows.organizations.append($0) } }
      try Self.cut(&rows.organizations, body) { $0.organizations = $1 }
    }
    for part in slugs {
      part.table.withLock { table in table.forEach { rows.slugs.append($0) } }
      try Self.cut(&rows.slugs, body) { $0.slugs = $1 }
    }
    for part in keys {
      part.table.withLock { table in table.forEach { rows.keys.append($0) } }
      try Self.cut(&rows.keys, body) { $0.keys = $1 }
    }
  }

  /// Passes rows on in pieces of a bounded size.
  private static func cut<Row>(
    _ rows: inout [Row], _ body: (DirectoryChanges) throws -> Void, _ put: (inout DirectoryChanges, [Row]) -> Void
  ) throws {
    for start in stride(from: 0, to: rows.count, by: DirectoryFrame.rows) {
      var piece = DirectoryChanges()
      put(&piece, Array(rows[start..<min(rows.count, start + DirectoryFrame.rows)]))
      try body(piece)
    }
    rows.removeAll(keepingCapacity: true)
  }
}
