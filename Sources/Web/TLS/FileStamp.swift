internal import Glibc

/// What shows that a file is another one: replaced, written to, or gone. Links are followed.
struct FileStamp: Hashable {
  private let device: UInt
  private let inode: UInt
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// Nil for a file that is not there.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
    size = Int(status.st_size)
    seconds = Int(status.st_mtim.tv_sec)
    nanoseconds = Int(status.st_mtim.tv_nsec)
  }
}

extension FileStamp {
  /// Nil fields are files that are missing.
  static func of(_ files: CertificateFiles) -> [FileStamp?] { [FileStamp(files.certificate), FileStamp(files.key)] }
}
