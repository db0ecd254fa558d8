package import Silo

/// Where mail goes and from whom it comes.
package struct MailSettings: Sendable {
  /// Hands mail over; nil keeps it in the queue.
  package var transport: (any MailTransport)?
  /// The folder that mail goes to in development, for the page that shows it.
  package var folder: String?

  /// Nothing is sent: letters wait until they expire.
  package static let none = MailSettings(transport: nil, folder: nil)

  package init(transport: (any MailTransport)?, folder: String? = nil) {
    self.transport = transport
    self.folder = folder
  }
}

/// Who a mail is from: an address and, if given, a name.
package struct MailSender: Sendable, Hashable {
  package let name: String?
  package let address: EmailAddress

  /// Returns nil unless `text` is `address` or `Name <address>` in one line.
  package init?(_ text: String) {
    var name: String?
    var address = text[...]
    if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
      address = text[text.index(after: open)...].dropLast()
      let words = text[..<open].split(separator: " ").joined(separator: " ")
      name = words.isEmpty ? nil : words
    }
    guard name.map({ DisplayName($0) != nil }) ?? true else { return nil }
    do { self.address = try EmailAddress(String(address)) } catch { return nil }
    self.name = name
  }
}
