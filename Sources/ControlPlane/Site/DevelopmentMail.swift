internal import Dispatch
internal import FoundationEssentials
internal import SyncProtocol

/// One mail of the folder that a development control plane writes to.
struct DevelopmentMail: Sendable {
  /// The file's name without `.eml`.
  let name: String
  let to: String
  let subject: String
  let date: String
  let text: String

  /// Bytes of a file that is read: more is no mail of ours.
  private static let largest = 256 * 1024
  private static let queue = DispatchQueue(label: "atoll.pages.mail")

  /// The newest mails first. A folder that is not there yet is empty.
  static func all(in folder: String, limit: Int) async -> [DevelopmentMail] {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: allNow(in: folder, limit: limit)) }
    }
  }

  static func read(_ name: String, in folder: String) async -> DevelopmentMail? {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: readNow(name, in: folder)) }
    }
  }

  private static func allNow(in folder: String, limit: Int) -> [DevelopmentMail] {
    let files: [String]
    do { files = try FileManager.default.contentsOfDirectory(atPath: folder) } catch { return [] }
    let names = files.filter { $0.hasSuffix(".eml") && !$0.hasPrefix(".") }.sorted(by: >).prefix(limit)
    return names.compactMap { readNow(String($0.dropLast(4)), in: folder) }
  }

  private static func readNow(_ name: String, in folder: String) -> DevelopmentMail? {
    guard name.utf8.count <= 100, name.utf8.allSatisfy(isNameByte),
      let data = FileManager.default.contents(atPath: "\(folder)/\(name).eml"), data.count <= largest
    else { return nil }
    return DevelopmentMail(name: name, bytes: Array(data))
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
  }

  /// Reads what our own writer makes: headers in single lines, a body of plain text in 7bit or base64.
  init(name: String, bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
    let parts = lines.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
    var headers: [String: String] = [:]
    var last = ""
    for line in (parts.first ?? "").split(separator: "\n") {
      if line.first == " " || line.first == "\t" {
        headers[last, default: ""] += line
        continue
      }
      let pair = line.split(separator: ":", maxSplits: 1)
      guard pair.count == 2 else { continue }
      last = pair[0].lowercased()
      headers[last] = String(pair[1].drop { $0 == " " })
    }
    self.name = name
    to = headers["to"] ?? ""
    date = headers["date"] ?? ""
    subject = Self.decodedWords(headers["subject"] ?? "")
    let body = parts.count > 1 ? String(parts[1]) : ""
    let isEncoded = headers["content-transfer-encoding"]?.lowercased() == "base64"
    text = (isEncoded ? Self.base64(body) ?? body : body).replacing("\r\n", with: "\n")
  }

  /// Encoded words (RFC 2047) in UTF-8 and base64, as our writer makes them.
  private static func decodedWords(_ text: String) -> String {
    let words = text.split(separator: " ")
    guard words.allSatisfy({ $0.lowercased().hasPrefix("=?utf-8?b?") && $0.hasSuffix("?=") }) else { return text }
    return words.compactMap { base64(String($0.dropFirst(10).dropLast(2))) }.joined()
  }

  private static func base64(_ text: String) -> String? {
    Data(base64Encoded: text.filter { !$0.isNewline }).flatMap { String(validating: $0, as: UTF8.self) }
  }
}
