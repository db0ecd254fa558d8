internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Silo
internal import Web

/// Hands mail to a server over SMTP (RFC 5321), one connection a letter.
package struct SMTPTransport: MailTransport {
  private let server: SMTPServer
  private let sender: MailSender
  private let tls: NIOSSLContext?
  private let patience: TimeAmount

  /// Seconds in which a connection must be there, and a letter handed over.
  private static let connectPatience: TimeAmount = .seconds(15)
  package static let patience: Int64 = 90

  /// - Throws: what is wrong with the authorities' file.
  package init(server: SMTPServer, from sender: MailSender, patience: Int64 = Self.patience) throws {
    self.server = server
    self.sender = sender
    self.patience = .seconds(patience)
    if server.encryption == .none {
      tls = nil
    } else {
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.minimumTLSVersion = .tlsv12
      if let file = server.authorities { configuration.trustRoots = .file(file) }
      tls = try NIOSSLContext(configuration: configuration)
    }
  }

  package func send(_ mail: OutgoingMail) async throws {
    let message = try MailMessage(mail, from: sender)
    let (server, tls) = (server, tls)
    let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(Self.connectPatience)
      .connect(host: server.host, port: server.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          if server.encryption == .implicit, let tls { try Self.encrypt(channel, tls, server) }
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let channel = connection.channel
    // Closing ends whatever waits.
    let deadline = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    defer { deadline.cancel() }
    try await connection.executeThenClose { inbound, outbound in
      var dialogue = SMTPDialogue(
        conversation: SMTPConversation(inbound: inbound, outbound: outbound), server: server, sender: sender)
      try await dialogue.greet()
      if server.encryption == .startTLS, let tls {
        try await dialogue.prepareTLS()
        try await channel.eventLoop.submit { try Self.encrypt(channel, tls, server) }.get()
        try await dialogue.introduce()
      }
      try await dialogue.authenticate()
      try await dialogue.hand(over: message, to: mail.to.text)
    }
  }

  /// Puts TLS between the socket and the rest. The certificate must be the host's.
  private static func encrypt(_ channel: any Channel, _ tls: NIOSSLContext, _ server: SMTPServer) throws {
    let handler = try PeerName(host: server.host).handler(tls)
    try channel.pipeline.syncOperations.addHandler(handler, position: .first)
  }
}
