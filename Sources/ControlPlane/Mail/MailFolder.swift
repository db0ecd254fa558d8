internal import Dispatch
internal import FoundationEssentials
internal import Glibc

/// Puts each mail into a folder as one `.eml` file that only its owner may read: for development and tests.
///
/// The names sort by the time of writing. A file appears whole or not at all.
package final class MailFolder: MailTransport {
  package let path: String
  private let sender: MailSender
  private let queue = DispatchQueue(label: "atoll.mail.folder")

  package init(path: String, from sender: MailSender) {
    self.path = path
    self.sender = sender
  }

  package func send(_ mail: OutgoingMail) async throws {
    let bytes = try MailMessage(mail, from: sender).bytes
    let stamp = String(Int64(max(0, mail.written.timeIntervalSince1970 * 1000)))
    let name = "\(stamp)-\(mail.id.uuidString.lowercased())"
    let result: Result<Void, MailFailure> = await withCheckedContinuation { continuation in
      queue.async { [path] in
        continuation.resume(returning: Result { () throws(MailFailure) in try Self.write(bytes, to: path, name: name) })
      }
    }
    try result.get()
  }

  private static func write(_ bytes: [UInt8], to folder: String, name: String) throws(MailFailure) {
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure("make the folder") }
    let draft = "\(folder)/.\(name)"
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("make a file") }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { throw failure("write") }
      written += max(0, count)
    }
    guard rename(draft, "\(folder)/\(name).eml") == 0 else { throw failure("rename") }
  }

  private static func failure(_ what: String) -> MailFailure {
    MailFailure("mail folder: cannot \(what): \(String(cString: strerror(errno)))", isPermanent: false)
  }
}
