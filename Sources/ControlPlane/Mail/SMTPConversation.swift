internal import NIOCore

/// Lines to and from a mail server. What it sends is bounded: a line, and the lines of an answer.
struct SMTPConversation {
  private static let longestLine = 2048
  private static let mostLines = 128

  private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private var received: [UInt8] = []

  init(inbound: NIOAsyncChannelInboundStream<ByteBuffer>, outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) {
    self.inbound = inbound.makeAsyncIterator()
    self.outbound = outbound
  }

  /// Whether the server sent more than it was asked for: before TLS begins that is somebody else's word.
  var hasUnread: Bool { !received.isEmpty }

  /// - Throws: ``MailFailure`` when the answer is none, or the connection ends.
  mutating func reply() async throws -> SMTPReply {
    var lines: [String] = []
    while lines.count < Self.mostLines {
      guard let (code, isLast, text) = SMTPReply.parse(try await line()) else { throw Self.notSMTP }
      lines.append(text)
      if isLast { return SMTPReply(code: code, lines: lines) }
    }
    throw Self.notSMTP
  }

  func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

  /// Sends one line and returns the answer.
  /// - Throws: ``MailFailure`` for a line that would be two: nothing of it is sent.
  mutating func command(_ line: String) async throws -> SMTPReply {
    guard line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw MailFailure("a control character in an SMTP command", isPermanent: true)
    }
    try await send(Array(line.utf8) + [0x0D, 0x0A])
    return try await reply()
  }

  private mutating func line() async throws -> String {
    while true {
      if let end = received.firstIndex(of: 0x0A) {
        var line = received[..<end]
        if line.last == 0x0D { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        received.removeFirst(end + 1)
        return text
      }
      guard received.count <= Self.longestLine, let more = try await inbound.next(isolation: #isolation) else {
        throw received.count > Self.longestLine
          ? Self.notSMTP : MailFailure("the mail server closed the connection, or took too long", isPermanent: false)
      }
      received.append(contentsOf: more.readableBytesView)
    }
  }

  private static var notSMTP: MailFailure { MailFailure("the mail server does not speak SMTP", isPermanent: false) }
}
