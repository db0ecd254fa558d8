import Glibc

/// What is wrong with the files of a silo's data directory.
struct FileDiagnosis: Sendable {
  /// Left on a disk, as a part and in bytes, before it counts as nearly full.
  static let freePart = 0.10
  static let freeBytes: UInt64 = 1 << 30

  /// Files that only their owner may read.
  private static let secrets = [
    "secret.key", "identity.json", "operator.token", "counter", "root-primary.json", "root-recovery.json",
  ]
  private static let roots = ["root-primary.json", "root-recovery.json"]

  let directory: String
  /// The user that the server runs as.
  let user: uid_t
  let isDevelopment: Bool

  init(directory: String, user: uid_t = getuid(), isDevelopment: Bool) {
    self.directory = directory
    self.user = user
    self.isDevelopment = isDevelopment
  }

  var findings: [Finding] {
    var found: [Finding] = []
    if status("secret.key") == nil {
      found.append(Finding(.secretFileMissing, "\(directory)/secret.key is missing"))
    }
    if let status = Self.status(directory), status.st_mode & 0o022 != 0 {
      found.append(Finding(.secretFileOpen, "others may write to \(directory)"))
    }
    for name in Self.secrets {
      guard let status = status(name) else { continue }
      if status.st_mode & 0o077 != 0 {
        let mode = String(status.st_mode & 0o777, radix: 8)
        found.append(Finding(.secretFileOpen, "\(directory)/\(name) has mode \(mode)"))
      } else if status.st_uid != user {
        found.append(Finding(.secretFileOpen, "\(directory)/\(name) belongs to user \(status.st_uid), not to \(user)"))
      }
    }
    for name in Self.roots where status(name) != nil {
      found.append(
        Finding(
          .rootKeyOnServer, "\(directory)/\(name) lies on the server",
          severity: isDevelopment ? .note : nil))
    }
    return found + Self.disk(directory)
  }

  /// Whether the disk under a path is nearly full; nothing for a path that is not on this machine.
  static func disk(_ path: String) -> [Finding] {
    var disk = statvfs()
    guard statvfs(path, &disk) == 0, disk.f_blocks > 0 else { return [] }
    return Self.disk(
      path, free: UInt64(disk.f_bavail) &* UInt64(disk.f_frsize), size: UInt64(disk.f_blocks) &* UInt64(disk.f_frsize))
  }

  static func disk(_ path: String, free: UInt64, size: UInt64) -> [Finding] {
    guard size > 0, free < freeBytes || Double(free) < Double(size) * freePart else { return [] }
    // A small disk of which much is left is small, not full.
    guard Double(free) < Double(size) / 2 else { return [] }
    return [Finding(.diskNearlyFull, "\(path): \(free >> 20) MiB of \(size >> 20) MiB left")]
  }

  private func status(_ name: String) -> stat? { Self.status("\(directory)/\(name)") }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }
}
