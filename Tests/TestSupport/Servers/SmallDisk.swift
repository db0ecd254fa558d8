import FoundationEssentials
import Glibc

/// A file system of a few MiB in memory, to be filled. Needs the right to mount.
public struct SmallDisk: Sendable {
  /// Where it is mounted.
  public let path: String

  /// Why this process may not mount, or nil when it may. Tests that need a small disk are skipped with these words.
  public static let obstacle: String? = {
    guard geteuid() == 0 else { return "a small disk is mounted by root only; this process is not root" }
    let probe = "/tmp/atoll-disk-probe-\(getpid())"
    guard mkdir(probe, 0o700) == 0 else { return "cannot make \(probe)" }
    defer { rmdir(probe) }
    guard mount("tmpfs", probe, "tmpfs", 0, "size=64k") == 0 else {
      return "this process may not mount a tmpfs: \(String(cString: strerror(errno)))"
    }
    umount2(probe, Int32(MNT_DETACH))
    return nil
  }()

  struct CannotMount: Error { let reason: String }

  /// Mounts a disk of so many MiB at a directory that is made when missing, for the time of `body`.
  public static func with<Result>(
    megabytes: Int, at path: String, _ body: (SmallDisk) async throws -> Result
  ) async throws -> Result {
    try await Program.run(["mkdir", "-p", path])
    guard mount("tmpfs", path, "tmpfs", 0, "mode=0755,size=\(megabytes)m") == 0 else {
      throw CannotMount(reason: String(cString: strerror(errno)))
    }
    defer { umount2(path, Int32(MNT_DETACH)) }
    try await ServerPrograms.makeDirectory(path)
    return try await body(SmallDisk(path: path))
  }

  private var filler: String { "\(path)/filler" }

  /// Takes all the room there is, except so many KiB.
  public func fill(sparing kilobytes: Int = 0) throws {
    let descriptor = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard descriptor >= 0 else { throw CannotMount(reason: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    let block = [UInt8](repeating: 0x5A, count: 64 << 10)
    var size = 0
    while true {
      let written = write(descriptor, block, block.count)
      guard written > 0 else { break }
      size += written
    }
    // What is written last may be less than a block, so measured from the end.
    if kilobytes > 0 { _ = ftruncate(descriptor, max(0, size - kilobytes << 10)) }
  }

  /// Gives the room back.
  public func free() { unlink(filler) }
}
