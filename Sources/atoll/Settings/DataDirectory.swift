import Glibc

/// A directory of a silo's files.
enum DataDirectory {
  /// Makes the directory unless it exists. Its parent must exist.
  /// - Throws: ``CommandFailure`` when it cannot be made.
  static func create(_ path: String, mode: mode_t) throws {
    guard mkdir(path, mode) != 0, errno != EEXIST else { return }
    throw CommandFailure(
      .cannotCreate, "\(path): \(String(cString: strerror(errno)))", advice: "choose another directory with --data")
  }
}
