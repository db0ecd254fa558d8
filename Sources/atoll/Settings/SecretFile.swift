import Glibc

/// A file that holds a secret. Only its owner (and root) may read it; it is written once, never over another.
struct SecretFile: Sendable {
  let path: String

  init(path: String) { self.path = path }

  /// The content without the last line feed.
  /// - Throws: ``CommandFailure`` when it cannot be read, is too large, or others may read it.
  func text(maximumBytes: Int) throws -> String {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 {
      throw CommandFailure(.permission, "\(path): others may read this secret", advice: "run chmod 600 \(path)")
    }
    let bytes = try Self.bytes(at: path, maximumBytes: maximumBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure(.data, "\(path): not UTF-8", advice: "write the secret as text")
    }
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  /// Creates the file with mode 600 and the given content, durably.
  /// - Throws: ``CommandFailure`` when it exists or cannot be written.
  func write(_ bytes: [UInt8]) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let code = errno
      throw CommandFailure(
        .cannotCreate, "\(path): \(String(cString: strerror(code)))",
        advice: code == EEXIST ? "move it away if it is no longer needed" : "choose another directory")
    }
    defer { close(descriptor) }
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
      }
      guard count > 0 || errno == EINTR else {
        throw CommandFailure(
          .cannotCreate, "\(path): \(String(cString: strerror(errno)))", advice: "make room, remove the file, try again"
        )
      }
      sent += max(0, count)
    }
    guard fsync(descriptor) == 0 else {
      throw CommandFailure(.cannotCreate, "\(path): not durable", advice: "check the disk, remove the file, try again")
    }
  }

  var exists: Bool { access(path, F_OK) == 0 }

  /// The content of any file.
  static func bytes(at path: String, maximumBytes: Int) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandFailure(
        .configuration, "\(path): \(String(cString: strerror(errno)))", advice: "check the path and its permissions")
    }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw CommandFailure(.configuration, "\(path): \(String(cString: strerror(errno)))", advice: "check the file")
      }
      if count == 0 { return content }
      content += buffer[..<count]
      guard content.count <= maximumBytes else {
        throw CommandFailure(
          .data, "\(path): larger than \(maximumBytes) bytes", advice: "check that it is the right file")
      }
    }
  }
}

/// Removes a file that only this process needs; that it is gone already is as good.
func unlinkQuietly(_ path: String) { _ = unlink(path) }
