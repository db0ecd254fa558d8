package import FoundationEssentials
package import Silo
internal import SyncProtocol

/// One mail to one person, as text.
package struct OutgoingMail: Sendable, Hashable {
  /// Names the mail in `Message-ID`, however often it is tried.
  package let id: UUID
  package let to: EmailAddress
  /// One line.
  package let subject: String
  /// Lines end with a line feed.
  package let text: String
  package let written: Date

  package init(id: UUID, to: EmailAddress, subject: String, text: String, written: Date) {
    self.id = id
    self.to = to
    self.subject = subject
    self.text = text
    self.written = written
  }
}

/// Hands mail over to whoever delivers it.
package protocol MailTransport: Sendable {
  /// Returns when the mail is in the other's hands.
  /// - Throws: ``MailFailure``, or whatever the network threw, which is worth another try.
  func send(_ mail: OutgoingMail) async throws
}

/// Why a mail could not be handed over. Holds neither addresses nor text.
package struct MailFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// Whether the same mail will fail again.
  package let isPermanent: Bool
  package let reason: String

  package init(_ reason: String, isPermanent: Bool) {
    self.reason = reason
    self.isPermanent = isPermanent
  }

  package var description: String { reason }
}
