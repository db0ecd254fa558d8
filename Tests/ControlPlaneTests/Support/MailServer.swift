import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A small SMTP server on a real socket, and what it was told.
final class MailServer: Sendable {
  struct Options: Sendable {
    var capabilities = ["PIPELINING", "8BITMIME"]
    /// Answers by the first word of a command, instead of the usual ones; `.` stands for the message.
    var answers: [String: String] = [:]
    /// Certificate and key as PEM files, for STARTTLS or, if `isImplicit`, from the first byte.
    var certificate: (chain: String, key: String)?
    var isImplicit = false
    /// Sent in the same write as the answer to STARTTLS.
    var injection = ""
  }

  struct Taken: Sendable {
    let from: String
    let to: String
    let message: String
    let wasEncrypted: Bool
  }

  private struct State {
    var taken: [Taken] = []
    var commands: [String] = []
  }

  private let options: Options
  private let state = Mutex(State())
  private let channel: any Channel
  private let connections: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>
  private let tls: NIOSSLContext?

  var taken: [Taken] { state.withLock { $0.taken } }
  var commands: [String] { state.withLock { $0.commands } }
  var port: Int { channel.localAddress?.port ?? 0 }

  private init(_ options: Options) async throws {
    self.options = options
    let tls = try options.certificate.map { files in
      let chain = try NIOSSLCertificate.fromPEMFile(files.chain).map { NIOSSLCertificateSource.certificate($0) }
      let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
      return try NIOSSLContext(
        configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
    }
    self.tls = tls
    let isImplicit = options.isImplicit
    connections = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          if isImplicit, let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    channel = connections.channel
  }

  /// Serves while `body` runs.
  static func run<Value: Sendable>(
    _ options: Options = Options(), _ body: @Sendable (MailServer) async throws -> Value
  ) async throws -> Value {
    let server = try await MailServer(options)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      let value = try await body(server)
      group.cancelAll()
      return value
    }
  }

  private func serve() async throws {
    try await connections.executeThenClose { inbound in
      for try await connection in inbound {
        do { try await answer(connection) } catch is ChannelError { continue } catch is NIOSSLError {
          continue
        } catch is NIOSSLExtraError { continue } catch is BoringSSLError { continue } catch is IOError { continue }
      }
    }
  }

  private func answer(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws {
    let channel = connection.channel
    try await connection.executeThenClose { inbound, outbound in
      var buffer = ""
      var iterator = inbound.makeAsyncIterator()
      var isEncrypted = options.isImplicit
      var from = ""
      var to = ""
      func line() async throws -> String? {
        while true {
          if let end = buffer.range(of: "\r\n") {
            let line = String(buffer[..<end.lowerBound])
            buffer.removeSubrange(..<end.upperBound)
            return line
          }
          guard let more = try await iterator.next(isolation: #isolation) else { return nil }
          buffer += String(buffer: more)
        }
      }
      func say(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text + "\r\n")) }
      try await say(options.answers["GREETING"] ?? "220 mail.example.com ESMTP")
      while let command = try await line() {
        state.withLock { $0.commands.append(command) }
        let word = String(command.split(separator: " ").first ?? "").uppercased()
        if let answer = options.answers[word] {
          try await say(answer)
          continue
        }
        switch word {
        case "EHLO":
          let lines = ["mail.example.com"] + options.capabilities
          try await say(
            lines.enumerated().map { "250\($0 == lines.count - 1 ? " " : "-")\($1)" }.joined(separator: "\r\n"))
        case "STARTTLS":
          guard let tls else { return try await say("502 no") }
          try await say("220 go ahead" + (options.injection.isEmpty ? "" : "\r\n" + options.injection))
          try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
          }.get()
          isEncrypted = true
          buffer = ""
        case "AUTH" where command.uppercased().hasPrefix("AUTH LOGIN"):
          try await say("334 VXNlcm5hbWU6")
          _ = try await line().map { name in state.withLock { $0.commands.append(name) } }
          try await say("334 UGFzc3dvcmQ6")
          _ = try await line().map { word in state.withLock { $0.commands.append(word) } }
          try await say("235 welcome")
        case "AUTH": try await say("235 welcome")
        case "MAIL":
          from = command
          try await say("250 ok")
        case "RCPT":
          to = command
          try await say("250 ok")
        case "DATA":
          try await say("354 go on")
          var lines: [String] = []
          while let line = try await line(), line != "." {
            lines.append(line.hasPrefix("..") ? String(line.dropFirst()) : line)
          }
          let taken = Taken(from: from, to: to, message: lines.joined(separator: "\n"), wasEncrypted: isEncrypted)
          if let answer = options.answers["."] {
            try await say(answer)
          } else {
            state.withLock { $0.taken.append(taken) }
            try await say("250 taken")
          }
        case "QUIT":
          try await say("221 bye")
          return
        default: try await say("500 what")
        }
      }
    }
  }
}
