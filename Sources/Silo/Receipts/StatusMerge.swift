package import SyncProtocol

/// Joins what control remembers of a person's status with what it once told a region: by maximum, never by owner.
package struct StatusMerge: Sendable, Hashable {
  package let status: UserStatus
  package let epoch: Int64

  package init(status: UserStatus, epoch: Int64) {
    self.status = status
    self.epoch = epoch
  }

  /// The later of both. Deletion is for ever; of one epoch the stricter status stands, because an epoch rises with each change.
  package func joined(with other: StatusMerge, planted: PlantedBug? = nil) -> StatusMerge {
    if planted == .userEpochMergedByNewer { return other }
    let later = (other.epoch, other.severity) > (epoch, severity) ? other : self
    guard status == .deleted || other.status == .deleted else { return later }
    return StatusMerge(status: .deleted, epoch: max(epoch, other.epoch))
  }

  private var severity: Int {
    switch status {
    case .active: 0
    case .suspended: 1
    case .deleted: 2
    }
  }
}
