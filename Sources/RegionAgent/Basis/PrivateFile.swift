internal import Glibc

/// A file that only its owner may read, replaced as a whole: after a crash there is the old content or the new.
struct PrivateFile: Sendable {
  /// Bytes that are read at most.
  static let limit = 1024 * 1024

  let path: String

  /// Nil when there is no file.
  /// - Throws: ``RegionError`` with code `file_unreadable`, also when others may read the file.
  func read() throws(RegionError) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw RegionError(.fileUnreadable, "\(path) cannot be read: \(Self.reason())")
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & 0o077 == 0 else {
      throw RegionError(.fileUnreadable, "\(path) may be read by others: run chmod 600 on it")
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= Self.limit {
      let count = Glibc.read(file, &chunk, chunk.count)
      guard count >= 0 else { throw RegionError(.fileUnreadable, "\(path) cannot be read: \(Self.reason())") }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk.prefix(count))
    }
    throw RegionError(.fileUnreadable, "\(path) is larger than \(Self.limit) bytes")
  }

  /// Replaces the content durably.
  /// - Throws: ``RegionError`` with code `file_unwritable`.
  func write(_ bytes: [UInt8]) throws(RegionError) {
    let draft = path + ".new"
    let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure() }
    var isWritten = fchmod(file, 0o600) == 0
    var rest = bytes[...]
    while isWritten, !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      isWritten = count > 0
      rest = rest.dropFirst(max(0, count))
    }
    isWritten = isWritten && fsync(file) == 0
    isWritten = close(file) == 0 && isWritten
    guard isWritten, rename(draft, path) == 0 else { throw failure() }
    let folder = open(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)) + "/", O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { throw failure() }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw failure() }
  }

  /// Makes a directory that only its owner may enter, unless it is there.
  static func makeDirectory(_ path: String) throws(RegionError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw RegionError(.fileUnwritable, "\(path) cannot be made: \(reason())")
    }
  }

  private func failure() -> RegionError {
    RegionError(.fileUnwritable, "\(path) cannot be written: \(Self.reason())")
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
