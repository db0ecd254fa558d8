internal import FoundationEssentials
internal import Silo
internal import SyncProtocol

/// A mail in the form of RFC 5322, lines ending with CR LF.
struct MailMessage: Sendable {
  let bytes: [UInt8]

  /// Characters of a base64 line (RFC 2045 §6.8), and bytes of any line that goes out as it is.
  private static let encodedLine = 76
  private static let longestLine = 900

  /// - Throws: ``MailFailure`` when something in a header would break out of it.
  init(_ mail: OutgoingMail, from sender: MailSender) throws(MailFailure) {
    try HeaderText.check(sender.address.text)
    try HeaderText.check(mail.to.text)
    let domain = sender.address.text.split(separator: "@").last.map(String.init) ?? "localhost"
    var from = sender.address.text
    if let name = sender.name { from = "\(try HeaderText.phrase(name)) <\(from)>" }
    var headers = [
      "Date: \(Self.date(mail.written))",
      "From: \(from)",
      "To: \(mail.to.text)",
      "Subject: \(try HeaderText.encode(mail.subject))",
      "Message-ID: <\(mail.id.uuidString.lowercased())@\(domain)>",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Auto-Submitted: auto-generated",
    ]
    let lines = mail.text.split(separator: "\n", omittingEmptySubsequences: false)
    let isPlain = lines.allSatisfy { line in
      line.utf8.count <= Self.longestLine && line.utf8.allSatisfy { $0 == 0x09 || (0x20..<0x7F).contains($0) }
    }
    headers.append("Content-Transfer-Encoding: \(isPlain ? "7bit" : "base64")")
    let body = isPlain ? lines.joined(separator: "\r\n") : Self.base64(lines.joined(separator: "\r\n"))
    bytes = Array((headers.joined(separator: "\r\n") + "\r\n\r\n" + body + (body.hasSuffix("\r\n") ? "" : "\r\n")).utf8)
  }

  private static func base64(_ text: String) -> String {
    let encoded = Array(Base64.encode(Array(text.utf8), .standard).utf8)
    return stride(from: 0, to: encoded.count, by: encodedLine).map { start in
      String(decoding: encoded[start..<min(encoded.count, start + encodedLine)], as: UTF8.self)
    }.joined(separator: "\r\n")
  }

  /// `Sun, 06 Nov 1994 08:49:37 +0000` (RFC 5322 §3.3).
  static func date(_ date: Date) -> String {
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let seconds = Int(max(0, date.timeIntervalSince1970))
    // Howard Hinnant's algorithm, years beginning in March.
    let shifted = seconds / 86_400 + 719_468
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 2 : marchMonth - 10
    let year = yearOfEra + shifted / 146_097 * 400 + (month < 2 ? 1 : 0)
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let clock = [seconds % 86_400 / 3600, seconds % 3600 / 60, seconds % 60].map(two).joined(separator: ":")
    return "\(days[seconds / 86_400 % 7]), \(two(day)) \(months[month]) \(year) \(clock) +0000"
  }
}
