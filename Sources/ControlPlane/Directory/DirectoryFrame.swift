internal import FoundationEssentials
internal import Silo
internal import SyncProtocol

/// A part of the directory's file: rows of a whole, the end of a whole, or what changed since.
enum DirectoryFrame: Sendable, Hashable {
  case rows(DirectoryChanges)
  /// Everything visible at the position was in the rows before.
  case complete(DirectoryPosition, written: Int64)
  case news(DirectoryChanges, DirectoryPosition, written: Int64)

  /// Rows that one frame holds at most.
  static let rows = 10_000

  var bytes: [UInt8] {
    var writer = PackedWriter()
    switch self {
    case .rows(let changes):
      writer.byte(1)
      Self.write(changes, to: &writer)
    case .complete(let position, let written):
      writer.byte(2)
      Self.write(position, written, to: &writer)
    case .news(let changes, let position, let written):
      writer.byte(3)
      Self.write(position, written, to: &writer)
      Self.write(changes, to: &writer)
    }
    return writer.bytes
  }

  /// Nil for what is none.
  init?(_ bytes: ArraySlice<UInt8>) {
    var reader = PackedReader(bytes)
    switch reader.byte() {
    case 1:
      guard let changes = Self.changes(&reader) else { return nil }
      self = .rows(changes)
    case 2:
      guard let (position, written) = Self.position(&reader) else { return nil }
      self = .complete(position, written: written)
    case 3:
      guard let (position, written) = Self.position(&reader), let changes = Self.changes(&reader) else { return nil }
      self = .news(changes, position, written: written)
    default: return nil
    }
    guard reader.isAtEnd else { return nil }
  }

  // MARK: Positions

  private static func write(_ position: DirectoryPosition, _ written: Int64, to writer: inout PackedWriter) {
    writer.integer(written)
    writer.long(Array(position.epoch.utf8))
    writer.long(Array(position.snapshot.utf8))
  }

  private static func position(_ reader: inout PackedReader) -> (DirectoryPosition, Int64)? {
    guard let written = reader.integer(Int64.self), let epoch = reader.long(), let snapshot = reader.long() else {
      return nil
    }
    return (
      DirectoryPosition(
        epoch: String(decoding: epoch, as: UTF8.self), snapshot: String(decoding: snapshot, as: UTF8.self)),
      written
    )
  }

  // MARK: Changes

  private static let states: [OrganizationHomeState] = [.provisioning, .active, .deleting]

  private static func write(_ changes: DirectoryChanges, to writer: inout PackedWriter) {
    writer.list(changes.organizations) { writer, row in
      writer.key(DirectoryKey(row.id.uuid))
      writer.text(row.slug)
      writer.integer(row.region.value)
      writer.integer(row.generation)
      writer.byte(UInt8(truncatingIfNeeded: states.firstIndex(of: row.state) ?? 0))
    }
    writer.list(changes.slugs) { writer, row in
      writer.text(row.text)
      writer.key(DirectoryKey(row.organization.uuid))
      writer.byte(row.isAlias ? 1 : 0)
    }
    writer.list(changes.keys) { writer, row in
      writer.text(row.publicKey)
      writer.key(DirectoryKey(row.organization.uuid))
      writer.key(DirectoryKey(row.project))
      writer.byte(row.isActive ? 1 : 0)
    }
    writer.list(changes.goneOrganizations) { $0.key(DirectoryKey($1.uuid)) }
    writer.list(changes.goneSlugs) { $0.text($1) }
    writer.list(changes.goneKeys) { $0.text($1) }
    writer.long(changes.regions.map(RegionDocument.bytes) ?? [])
  }

  private static func changes(_ reader: inout PackedReader) -> DirectoryChanges? {
    var changes = DirectoryChanges()
    guard
      let organizations = reader.list({ reader -> DirectoryChanges.Organization? in
        guard let id = reader.key(), let slug = reader.text(), let region = reader.integer(Int16.self),
          let number = RegionNumber(Int(region)), let generation = reader.integer(Int64.self),
          let state = reader.byte(), Int(state) < states.count
        else { return nil }
        return .init(
          id: OrganizationID(id.uuid), slug: slug, region: number, generation: generation, state: states[Int(state)])
      }),
      let slugs = reader.list({ reader -> DirectoryChanges.Slug? in
        guard let text = reader.text(), let organization = reader.key(), let flag = reader.byte() else { return nil }
        return .init(text, of: OrganizationID(organization.uuid), isAlias: flag == 1)
      }),
      let keys = reader.list({ reader -> DirectoryChanges.Key? in
        guard let text = reader.text(), let organization = reader.key(), let project = reader.key(),
          let flag = reader.byte()
        else { return nil }
        return .init(
          text, organization: OrganizationID(organization.uuid), project: project.uuid, isActive: flag == 1)
      }),
      let goneOrganizations = reader.list({ $0.key().map { OrganizationID($0.uuid) } }),
      let goneSlugs = reader.list({ $0.text() }), let goneKeys = reader.list({ $0.text() }), let regions = reader.long()
    else { return nil }
    changes.organizations = organizations
    changes.slugs = slugs
    changes.keys = keys
    changes.goneOrganizations = goneOrganizations
    changes.goneSlugs = goneSlugs
    changes.goneKeys = goneKeys
    if !regions.isEmpty {
      guard let document = RegionDocument.regions(regions) else { return nil }
      changes.regions = document
    }
    return changes
  }
}
