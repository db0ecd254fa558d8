internal import FoundationEssentials
internal import Outbox
package import Silo
internal import SyncProtocol

/// Takes letters in the transaction that promises them. They are sealed: each holds an address, and most a token.
package struct Postbox: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// - Parameter lifetime: seconds after which the letter is of no use any more.
  package func put(
    _ letter: Letter, to address: EmailAddress, lifetime: Int64, on control: ControlConnection
  ) async throws {
    let id = environment.identifiers.uuid()
    let content = JSONWriter.write([
      "to": .string(address.text), "subject": .string(letter.subject), "text": .string(letter.text),
    ])
    let sealed = try environment.secretKey.seal(content, at: MailStore.place(id))
    try await MailStore.insert(
      id, sealed: sealed, created: environment.now(), expires: environment.after(lifetime), on: control)
  }

  /// Runs `body` in a transaction that may put letters in, and wakes the courier after the commit.
  package func write<T>(_ body: (ControlConnection) async throws -> T) async throws -> T {
    let result = try await environment.write(body)
    environment.letters.ring()
    return result
  }

  /// The letter that was sealed under this id.
  func open(_ claimed: MailStore.Claimed) throws -> OutgoingMail {
    let content = JSONReader(
      try JSONParser.parse(try environment.secretKey.open(claimed.sealed, at: MailStore.place(claimed.id))))
    return OutgoingMail(
      id: claimed.id, to: try EmailAddress(try content.field("to").string()),
      subject: try content.field("subject").string(), text: try content.field("text").string(),
      written: claimed.created)
  }
}
