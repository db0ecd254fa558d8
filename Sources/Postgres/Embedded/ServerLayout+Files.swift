import FoundationEssentials
import Glibc

/// The few calls to the file system and the network stack that preparing a server needs.
extension ServerLayout {
  static func createDirectory(_ path: String, _ owner: UnprivilegedUser?) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    if let owner, unsafe chown(path, owner.userID, owner.groupID) != 0 {
      throw failure("cannot give \(path) to the server's user")
    }
  }

  /// The text of a file, nil when it cannot be read.
  static func contents(of path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return String(decoding: data, as: UTF8.self)
  }

  static func write(_ text: String, to path: String, mode: Int, owner: UnprivilegedUser?) throws {
    let created = FileManager.default.createFile(
      atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
    guard created else { throw failure("cannot write \(path)") }
    if let owner, unsafe chown(path, owner.userID, owner.groupID) != 0 {
      throw failure("cannot give \(path) to the server's user")
    }
  }

  static func persistentPassword(_ file: String, _ owner: UnprivilegedUser?) throws -> String {
    if let kept = contents(of: file), !kept.isEmpty { return kept }
    var generator = SystemRandomNumberGenerator()
    let password = (0..<4).map { _ in String(generator.next(), radix: 36) }.joined()
    try write(password, to: file, mode: 0o600, owner: owner)
    return password
  }

  static func shortHash(_ text: String) -> String {
    String(text.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }, radix: 36)
  }

  static func isFree(_ port: Int) -> Bool { bindLoopback(port) != nil }

  static func freePort() -> Int? { bindLoopback(0) }

  /// Binds a socket to a loopback port for a moment and returns the port it got.
  private static func bindLoopback(_ port: Int) -> Int? {
    guard let wanted = UInt16(exactly: port) else { return nil }
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var reuse: Int32 = 1
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = wanted.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
      }
    }
    return bound ? Int(UInt16(bigEndian: address.sin_port)) : nil
  }
}
