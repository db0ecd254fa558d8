internal import Outbox
internal import Postgres
package import Silo
internal import Synchronization

/// Where everything is, in memory: slugs and ids of organizations, project keys, regions. What the gateway resolves every request with.
///
/// Look-ups are synchronous and take two short locks. A process keeps its map current with ``DirectoryFollower``; what it says is at most that much
/// behind the database, so a region that refuses a home as stale is the last word. One million organizations with three million keys take some 400 MiB.
package final class DirectoryMap: Sendable {
  /// A part of a table under a lock of its own: growing moves little, and look-ups rarely meet.
  final class Part<Table: Sendable>: Sendable {
    let table: Mutex<Table>

    init(_ table: Table) { self.table = Mutex(table) }
  }

  static let parts = 64

  let organizations = (0..<parts).map { _ in Part(OrganizationTable()) }
  let slugs = (0..<parts).map { _ in Part(SlugTable()) }
  let keys = (0..<parts).map { _ in Part(ProjectKeyTable()) }
  let table = Mutex(RegionTable(DirectoryChanges.Regions([])))
  let standing = Mutex(DirectoryStanding())
  let defaults = DefaultRegionUses()
  /// Wakes the follower.
  let bell = Doorbell()

  package init() {}

  /// Whether everything was read once. Until then nobody knows what is unknown.
  package var isLoaded: Bool { standing.withLock { $0.isLoaded } }

  /// By a slug in use or one that was given up and rests. The bytes are compared; nothing is folded.
  package func organization(slug: some StringProtocol) -> OrganizationEntry? {
    let found = Self.withBytes(slug) { text -> (organization: DirectoryKey, isAlias: Bool)? in
      guard (1...63).contains(text.count) else { return nil }
      let hash = SlugTable.hash(text)
      return slugs[Self.part(hash)].table.withLock { $0.owner(text, hash) }
    }
    guard let found else { return nil }
    guard !found.isAlias else { return organization(found.organization, isAlias: true) }
    // A slug in use is its organization's: nothing more has to be looked up.
    return home(found.organization, withSlug: false).map { home in
      OrganizationEntry(
        id: OrganizationID(found.organization.uuid), slug: String(slug), region: home.region,
        generation: home.generation, state: home.state, isAlias: false)
    }
  }

  package func organization(id: OrganizationID) -> OrganizationEntry? {
    organization(DirectoryKey(id.uuid), isAlias: false)
  }

  /// By a project's public key, 32 lower-case hexadecimal digits. Nil for a key whose organization is not known.
  package func projectKey(_ publicKey: some StringProtocol) -> KeyEntry? {
    let found = Self.withBytes(publicKey) {
      text -> (organization: DirectoryKey, project: DirectoryKey, isActive: Bool)? in
      guard let key = DirectoryKey(hexadecimal: text) else { return nil }
      let hash = key.hash
      return keys[Self.part(hash)].table.withLock { $0.find(key, hash) }
    }
    guard let found, let home = home(found.organization, withSlug: false) else { return nil }
    return KeyEntry(
      organization: OrganizationID(found.organization.uuid), region: home.region, generation: home.generation,
      project: found.project.uuid, isActive: found.isActive)
  }

  package func region(_ number: RegionNumber) -> RegionEntry? { table.withLock { $0[number] } }

  /// By the first label of a host name: a region's name, or that of a locality with one region.
  package func region(hostLabel: some StringProtocol) -> RegionEntry? {
    let label = String(hostLabel)
    return table.withLock { $0[label] }
  }

  package var defaultRegion: RegionEntry? { table.withLock { $0.defaultRegion } }

  package var regions: [RegionEntry] { table.withLock { $0.all } }

  /// Counts a request that only the default region can answer.
  /// - Parameter what: a pattern, such as `POST /api/{project_id}/envelope/`; never an id.
  package func noteDefaultRegion(_ what: String) { defaults.note(what) }

  // MARK: Tables

  private func organization(_ id: DirectoryKey, isAlias: Bool) -> OrganizationEntry? {
    home(id, withSlug: true).map { home in
      OrganizationEntry(
        id: OrganizationID(id.uuid), slug: home.slug ?? "", region: home.region, generation: home.generation,
        state: home.state, isAlias: isAlias)
    }
  }

  private func home(_ id: DirectoryKey, withSlug: Bool) -> OrganizationTable.Home? {
    let hash = id.hash
    return organizations[Self.part(hash)].table.withLock { $0.home(id, hash, withSlug: withSlug) }
  }

  /// The lower half of a hash places a record within its part.
  static func part(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & (parts - 1) }

  static func withBytes<Result>(
    _ text: some StringProtocol, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
    var copy = String(text)
    return copy.withUTF8(body)
  }
}
