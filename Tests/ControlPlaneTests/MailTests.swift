import ControlPlane
import Foundation
import Silo
import Testing

@Suite struct MailTests {
  private static func letter(
    to address: String = "ann@example.com", subject: String = "Hello", text: String = "One line.\n"
  ) throws -> OutgoingMail {
    OutgoingMail(
      id: try #require(UUID(uuidString: "01234567-89AB-CDEF-0123-456789ABCDEF")), to: try EmailAddress(address),
      subject: subject, text: text, written: Date(timeIntervalSince1970: 784_111_777))
  }

  private static func sender() throws -> MailSender {
    try #require(MailSender("Atoll Login <login@atoll.example>"))
  }

  private static func send(
    _ mail: OutgoingMail, _ server: MailServer, scheme: String = "smtp", credentials: String = "",
    host: String = "127.0.0.1", options: String = "", patience: Int64 = 10
  ) async throws {
    let url = "\(scheme)://\(credentials)\(host):\(server.port)\(options)"
    let transport = try SMTPTransport(
      server: try #require(SMTPServer(url)), from: try Self.sender(), patience: patience)
    try await transport.send(mail)
  }

  @Test("a letter arrives as it was written, dots at the beginning of lines included")
  func delivery() async throws {
    try await MailServer.run { server in
      let text = "First.\n.\n..two\n.hidden\nlast"
      try await Self.send(try Self.letter(text: text), server)
      let taken = try #require(server.taken.first)
      #expect(server.taken.count == 1)
      #expect(taken.from == "MAIL FROM:<login@atoll.example>")
      #expect(taken.to == "RCPT TO:<ann@example.com>")
      let parts = taken.message.split(separator: "\n\n", maxSplits: 1)
      #expect(parts[1] == "First.\n.\n..two\n.hidden\nlast")
      let headers = parts[0].split(separator: "\n")
      #expect(headers.contains("Date: Sun, 06 Nov 1994 08:49:37 +0000"))
      #expect(headers.contains("From: Atoll Login <login@atoll.example>"))
      #expect(headers.contains("To: ann@example.com"))
      #expect(headers.contains("Subject: Hello"))
      #expect(headers.contains("Message-ID: <01234567-89ab-cdef-0123-456789abcdef@atoll.example>"))
      #expect(server.commands.first == "EHLO atoll.example" && server.commands.last == "QUIT")
    }
  }

  @Test("text and subjects beyond ASCII are encoded, in lines of legal length")
  func encoding() async throws {
    try await MailServer.run { server in
      let subject = String(repeating: "Grüße \u{1F3DD} ", count: 20)
      let text = String(repeating: "Zoë schrieb. ", count: 200) + "\n"
      try await Self.send(try Self.letter(subject: subject, text: text), server)
      let message = try #require(server.taken.first).message
      #expect(message.utf8.allSatisfy { $0 < 0x80 })
      for line in message.split(separator: "\n") { #expect(line.utf8.count <= 78) }
      #expect(message.contains("Content-Transfer-Encoding: base64"))
      let body = try #require(message.range(of: "\n\n")).upperBound
      let decoded = try #require(Data(base64Encoded: message[body...].filter { $0 != "\n" }))
      #expect(String(decoding: decoded, as: UTF8.self) == text.replacing("\n", with: "\r\n"))
      let unfolded = message.replacing("\n ", with: " ")
      let line = try #require(unfolded.split(separator: "\n").first { $0.hasPrefix("Subject: ") })
      let words = line.dropFirst("Subject: ".count).split(separator: " ").map { word in
        Data(base64Encoded: String(word.dropFirst("=?UTF-8?B?".count).dropLast(2))) ?? Data()
      }
      #expect(String(decoding: words.reduce(Data(), +), as: UTF8.self) == subject)
    }
  }

  @Test(
    "nothing in a header breaks out of it: the letter is refused for good and the server hears nothing of it",
    arguments: ["Hello\r\nBcc: eve@example.com", "Hello\nX: y", "Hello\r", "a\u{0}b", "a\u{2028}b", "a\u{85}b"])
  func injection(subject: String) async throws {
    try await MailServer.run { server in
      let failure = await #expect(throws: MailFailure.self) {
        try await Self.send(try Self.letter(subject: subject), server)
      }
      #expect(failure?.isPermanent == true)
      #expect(server.taken.isEmpty)
    }
    #expect(MailSender("Eve\r\nBcc: x@example.com <a@example.com>") == nil)
    #expect(MailSender("a@example.com\r\nBcc: x@example.com") == nil)
    #expect(MailSender("not an address") == nil)
  }

  @Test("a refusal of the letter is for good, one of the server or the setting is tried again")
  func refusals() async throws {
    let cases: [(String, String, Bool)] = [
      ("GREETING", "554 no", false), ("EHLO", "550 no", false), ("MAIL", "550 no", false), ("RCPT", "550 no", true),
      ("RCPT", "450 later", false), ("DATA", "554 no", true), (".", "554 spam", true), (".", "451 later", false),
      ("GREETING", "hello", false), ("EHLO", "250", true),
    ]
    for (word, answer, isPermanent) in cases {
      var options = MailServer.Options()
      options.answers = [word: answer]
      if answer == "250" { options.answers["RCPT"] = "550 no" }
      try await MailServer.run(options) { server in
        let failure = await #expect(throws: MailFailure.self) { try await Self.send(try Self.letter(), server) }
        #expect(failure?.isPermanent == isPermanent, "\(word) \(answer)")
        #expect(server.taken.isEmpty)
      }
    }
  }

  @Test("a letter that was taken is not failed by a bad farewell")
  func farewell() async throws {
    var options = MailServer.Options()
    options.answers = ["QUIT": "not an answer"]
    try await MailServer.run(options) { server in
      try await Self.send(try Self.letter(), server)
      #expect(server.taken.count == 1)
    }
  }

  @Test("a silent server is given up in time")
  func silence() async throws {
    var options = MailServer.Options()
    options.answers = ["GREETING": "220-wait"]
    try await MailServer.run(options) { server in
      let failure = await #expect(throws: MailFailure.self) {
        try await Self.send(try Self.letter(), server, patience: 1)
      }
      #expect(failure?.isPermanent == false)
    }
  }

  @Test("the setting's user logs in by PLAIN or LOGIN", arguments: ["PLAIN LOGIN", "LOGIN"])
  func authentication(ways: String) async throws {
    var options = MailServer.Options()
    options.capabilities = ["AUTH \(ways)", "8BITMIME"]
    try await MailServer.run(options) { server in
      try await Self.send(try Self.letter(), server, credentials: "us%40er:p%3Ass%20w@")
      #expect(server.taken.count == 1)
      let told = server.commands
      if ways == "LOGIN" {
        #expect(told.contains(Data("us@er".utf8).base64EncodedString()))
        #expect(told.contains(Data("p:ss w".utf8).base64EncodedString()))
      } else {
        #expect(told.contains("AUTH PLAIN " + Data("\u{0}us@er\u{0}p:ss w".utf8).base64EncodedString()))
      }
    }
    options.answers = ["AUTH": "535 no"]
    try await MailServer.run(options) { server in
      let failure = await #expect(throws: MailFailure.self) {
        try await Self.send(try Self.letter(), server, credentials: "user:password@")
      }
      #expect(failure?.isPermanent == false)
      #expect(failure?.description.contains("password") == false)
    }
  }

  @Test("addresses beyond ASCII need a server that takes them")
  func internationalAddresses() async throws {
    try await MailServer.run { server in
      let failure = await #expect(throws: MailFailure.self) {
        try await Self.send(try Self.letter(to: "zoë@example.com"), server)
      }
      #expect(failure?.isPermanent == true)
    }
    var options = MailServer.Options()
    options.capabilities = ["SMTPUTF8", "8BITMIME"]
    try await MailServer.run(options) { server in
      try await Self.send(try Self.letter(to: "zoë@example.com"), server)
      #expect(server.taken.first?.to == "RCPT TO:<zoë@example.com>")
      #expect(server.commands.contains("MAIL FROM:<login@atoll.example> SMTPUTF8"))
    }
  }

  /// Files of a certificate for 127.0.0.1 that is its own authority.
  private static func certificate() throws -> (chain: String, key: String) {
    let base = "/tmp/atoll-mail-\(UUID().uuidString)"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", base + ".key",
      "-out",
      base + ".pem", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return (base + ".pem", base + ".key")
  }

  @Test("STARTTLS and TLS from the first byte encrypt, and a certificate of nobody known is refused")
  func encryption() async throws {
    let files = try Self.certificate()
    defer { for file in [files.chain, files.key] { try? FileManager.default.removeItem(atPath: file) } }
    for isImplicit in [false, true] {
      var options = MailServer.Options()
      options.certificate = files
      options.isImplicit = isImplicit
      options.capabilities = isImplicit ? ["8BITMIME"] : ["STARTTLS", "8BITMIME"]
      let scheme = isImplicit ? "smtps" : "smtp"
      let required = isImplicit ? "?" : "?tls=required&"
      try await MailServer.run(options) { server in
        try await Self.send(try Self.letter(), server, scheme: scheme, options: "\(required)ca=\(files.chain)")
        #expect(server.taken.first?.wasEncrypted == true)
        if !isImplicit { #expect(server.commands.filter { $0.hasPrefix("EHLO") }.count == 2) }
      }
      try await MailServer.run(options) { server in
        await #expect(throws: (any Error).self) {
          try await Self.send(
            try Self.letter(), server, scheme: scheme, options: isImplicit ? "" : "?tls=required", patience: 5)
        }
        #expect(server.taken.isEmpty)
      }
      // One that is trusted, for the address that the name leads to and not for the name.
      try await MailServer.run(options) { server in
        await #expect(throws: (any Error).self) {
          try await Self.send(
            try Self.letter(), server, scheme: scheme, host: "localhost", options: "\(required)ca=\(files.chain)",
            patience: 5)
        }
        #expect(server.taken.isEmpty)
      }
    }
  }

  @Test("a server that offers no STARTTLS, or puts words before it, gets no letter")
  func stripping() async throws {
    try await MailServer.run { server in
      await #expect(throws: MailFailure.self) {
        try await Self.send(try Self.letter(), server, options: "?tls=required")
      }
      #expect(!server.commands.contains { $0.hasPrefix("MAIL") })
    }
    let files = try Self.certificate()
    defer { for file in [files.chain, files.key] { try? FileManager.default.removeItem(atPath: file) } }
    var options = MailServer.Options()
    options.certificate = files
    options.capabilities = ["STARTTLS"]
    options.injection = "250 injected"
    try await MailServer.run(options) { server in
      await #expect(throws: (any Error).self) {
        try await Self.send(try Self.letter(), server, options: "?tls=required&ca=\(files.chain)", patience: 5)
      }
      #expect(server.taken.isEmpty)
    }
  }

  @Test(
    "what is not a mail server's URL is refused, also one that would send a password unencrypted",
    arguments: [
      "", "smtp://", "http://example.com", "smtp://example.com:0", "smtp://example.com:65536",
      "smtp://user@example.com",
      "smtp://example.com?tls=maybe", "smtp://example.com?x=y", "smtps://example.com?tls=none",
      "smtp://example.com/path",
      "smtp://user:password@example.com?tls=none", "smtp://exa mple.com", "smtp://:password@example.com",
      "smtp://a%zz:b@example.com", "smtp://a%0d:b@example.com",
    ])
  func badURLs(text: String) {
    #expect(SMTPServer(text) == nil)
  }

  @Test("a mail server's URL says how it is reached")
  func goodURLs() throws {
    let plain = try #require(SMTPServer("smtp://mail.example.com"))
    #expect(plain.port == 587 && plain.encryption == .startTLS && plain.user == nil)
    let full = try #require(SMTPServer("smtps://us%40er:p%2Fw@Mail.Example.com:4650?ca=/etc/ca.pem"))
    #expect(full.host == "mail.example.com" && full.port == 4650 && full.encryption == .implicit)
    #expect(full.user == "us@er" && full.password == "p/w" && full.authorities == "/etc/ca.pem")
    let here = try #require(SMTPServer("smtp://127.0.0.1:1025/"))
    #expect(here.port == 1025 && here.encryption == .none)
    #expect(try #require(SMTPServer("smtp://[::1]:25")).host == "::1")
  }

  @Test("a folder gets one file a letter, whole, for its owner only")
  func folder() async throws {
    let path = "/tmp/atoll-mail-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = MailFolder(path: path, from: try Self.sender())
    try await folder.send(try Self.letter())
    try await folder.send(try Self.letter())
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(names == ["784111777000-01234567-89ab-cdef-0123-456789abcdef.eml"], "the same letter twice is one file")
    let file = path + "/" + names[0]
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.hasPrefix("Date: Sun, 06 Nov 1994") && text.hasSuffix("\r\n\r\nOne line.\r\n"))
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let outside = MailFolder(path: "/proc/none/mail", from: try Self.sender())
    await #expect(throws: MailFailure.self) { try await outside.send(try Self.letter()) }
  }
}
