internal import Silo
internal import SyncProtocol

/// What is said to a mail server, in order.
struct SMTPDialogue {
  private var conversation: SMTPConversation
  private let server: SMTPServer
  private let sender: MailSender
  private var capabilities: [String: [String]] = [:]

  init(conversation: SMTPConversation, server: SMTPServer, sender: MailSender) {
    self.conversation = conversation
    self.server = server
    self.sender = sender
  }

  /// Waits for the server's greeting and says who this is.
  mutating func greet() async throws {
    try Self.require(try await conversation.reply(), 220, "greeted with")
    try await introduce()
  }

  /// `EHLO`, also once more after TLS has begun: what was said before counts for nothing.
  mutating func introduce() async throws {
    let domain = sender.address.text.split(separator: "@").last.map(String.init) ?? "localhost"
    let name = domain.utf8.allSatisfy { $0 < 0x80 } ? domain : "localhost"
    let reply = try await conversation.command("EHLO \(name)")
    try Self.require(reply, 250, "answered EHLO with")
    capabilities = reply.capabilities
  }

  /// Asks the server to go on in TLS. It must offer it: going on without would hand the letter to anybody between.
  mutating func prepareTLS() async throws {
    guard capabilities["STARTTLS"] != nil else {
      throw MailFailure("the mail server offers no STARTTLS (tls=none allows that)", isPermanent: false)
    }
    try Self.require(try await conversation.command("STARTTLS"), 220, "answered STARTTLS with")
    guard !conversation.hasUnread else {
      throw MailFailure("somebody put words between STARTTLS and TLS", isPermanent: false)
    }
  }

  /// Logs in, if the setting has a user (RFC 4954).
  mutating func authenticate() async throws {
    guard let user = server.user, let password = server.password else { return }
    let ways = capabilities["AUTH"] ?? []
    if ways.contains("PLAIN") {
      let secret = Base64.encode([0] + Array(user.utf8) + [0] + Array(password.utf8), .standard)
      try Self.require(try await conversation.command("AUTH PLAIN \(secret)"), 235, "answered AUTH with")
    } else if ways.contains("LOGIN") {
      try Self.require(try await conversation.command("AUTH LOGIN"), 334, "answered AUTH with")
      let name = try await conversation.command(Base64.encode(Array(user.utf8), .standard))
      try Self.require(name, 334, "answered the user's name with")
      let end = try await conversation.command(Base64.encode(Array(password.utf8), .standard))
      try Self.require(end, 235, "answered AUTH with")
    } else {
      throw MailFailure("the mail server offers neither AUTH PLAIN nor LOGIN", isPermanent: false)
    }
  }

  /// Hands one message over and says goodbye.
  /// - Throws: a permanent ``MailFailure`` when the server will not take this message for this recipient, however often it is asked.
  mutating func hand(over message: MailMessage, to recipient: String) async throws {
    var parameters = ""
    if !(recipient + sender.address.text).utf8.allSatisfy({ $0 < 0x80 }) {
      guard capabilities["SMTPUTF8"] != nil else {
        throw MailFailure("the mail server takes no addresses beyond ASCII (SMTPUTF8)", isPermanent: true)
      }
      parameters = " SMTPUTF8"
    }
    for address in [recipient, sender.address.text] where address.contains(where: { "<> ".contains($0) }) {
      throw MailFailure("an address that breaks out of its brackets", isPermanent: true)
    }
    let from = try await conversation.command("MAIL FROM:<\(sender.address.text)>\(parameters)")
    try Self.require(from, 250, "answered MAIL FROM with")
    let to = try await conversation.command("RCPT TO:<\(recipient)>")
    guard to.code == 250 || to.code == 251 else { throw Self.refusal(to, "answered RCPT TO with") }
    let data = try await conversation.command("DATA")
    guard data.code == 354 else { throw Self.refusal(data, "answered DATA with") }
    try await conversation.send(Self.stuffed(message.bytes))
    let end = try await conversation.reply()
    guard end.code == 250 else { throw Self.refusal(end, "answered the message with") }
    // Taken: what comes of the farewell changes nothing, and a failure of it must not send the letter again.
    do { _ = try await conversation.command("QUIT") } catch is CancellationError { throw CancellationError() } catch {
      capabilities.removeAll()
    }
  }

  /// The message with dots before dots at the beginning of lines, and the end (RFC 5321 §4.5.2).
  static func stuffed(_ bytes: [UInt8]) -> [UInt8] {
    var stuffed: [UInt8] = []
    stuffed.reserveCapacity(bytes.count + 16)
    var isLineStart = true
    for byte in bytes {
      if isLineStart, byte == UInt8(ascii: ".") { stuffed.append(byte) }
      stuffed.append(byte)
      isLineStart = byte == 0x0A
    }
    if !isLineStart { stuffed += [0x0D, 0x0A] }
    return stuffed + Array(".\r\n".utf8)
  }

  /// A refusal here is the setting's fault, not the letter's: it is tried again.
  private static func require(_ reply: SMTPReply, _ code: Int, _ what: String) throws {
    guard reply.code == code else { throw MailFailure("the mail server \(what) \(reply.code)", isPermanent: false) }
  }

  private static func refusal(_ reply: SMTPReply, _ what: String) -> MailFailure {
    MailFailure("the mail server \(what) \(reply.code)", isPermanent: (500..<600).contains(reply.code))
  }
}
