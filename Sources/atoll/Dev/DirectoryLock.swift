import Glibc

/// Keeps a second `atoll dev` out of a data directory. The kernel lets go of it when the process ends, however that happens.
struct DirectoryLock: Sendable {
  private let descriptor: Int32

  /// - Throws: ``CommandFailure`` when another process holds it.
  init(path: String) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CommandFailure(
        .cannotCreate, "\(path): \(String(cString: strerror(errno)))", advice: "choose another directory with --data")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw CommandFailure(
        .temporary, "another atoll dev runs on this data directory", advice: "stop it, or choose another with --data")
    }
  }

  func release() { close(descriptor) }
}
