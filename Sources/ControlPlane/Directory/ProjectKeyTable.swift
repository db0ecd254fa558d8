internal import Silo
internal import SyncProtocol

/// Project keys by public key: 56 bytes a record.
struct ProjectKeyTable: Sendable {
  private struct Record: Sendable {
    let key: DirectoryKey
    var organization: DirectoryKey
    var project: DirectoryKey
    /// Whether it is active in the low bit, the mark in the others.
    var flags: UInt8
  }

  private var table = RecordTable<Record>()

  var count: Int { table.records.count }
  var footprint: Int { table.footprint }

  mutating func reserve(_ count: Int) { table.reserve(count) }

  func find(
    _ key: DirectoryKey, _ hash: UInt64
  ) -> (organization: DirectoryKey, project: DirectoryKey, isActive: Bool)? {
    guard let index = table.index(hash, where: { $0.key == key }) else { return nil }
    let record = table.records[index]
    return (record.organization, record.project, record.flags & 1 == 1)
  }

  mutating func put(_ row: DirectoryChanges.Key, _ key: DirectoryKey, _ hash: UInt64, mark: UInt8) {
    let record = Record(
      key: key, organization: DirectoryKey(row.organization.uuid), project: DirectoryKey(row.project),
      flags: mark << 1 | (row.isActive ? 1 : 0))
    if let index = table.index(hash, where: { $0.key == key }) {
      table.update(index) { $0 = record }
    } else {
      table.insert(record, hash: hash)
    }
  }

  mutating func remove(_ key: DirectoryKey, _ hash: UInt64) {
    guard let index = table.index(hash, where: { $0.key == key }) else { return }
    table.remove(at: index) { $0.key.hash }
  }

  /// Takes out what does not carry the mark.
  mutating func sweep(keeping mark: UInt8) {
    for index in table.records.indices.reversed() where table.records[index].flags >> 1 != mark & 127 {
      table.remove(at: index) { $0.key.hash }
    }
  }

  /// Every key, for the file.
  func forEach(_ body: (DirectoryChanges.Key) throws -> Void) rethrows {
    for record in table.records {
      let publicKey = Hexadecimal.encode(record.key.bytes)
      try body(
        DirectoryChanges.Key(
          publicKey, organization: OrganizationID(record.organization.uuid), project: record.project.uuid,
          isActive: record.flags & 1 == 1))
    }
  }
}
