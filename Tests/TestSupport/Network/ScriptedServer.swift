package import NIOCore
internal import NIOPosix

/// A server on loopback that does on each connection exactly what a test writes, well-behaved or not.
package final class ScriptedServer: Sendable {
  package typealias Script = @Sendable (inout Conversation) async throws -> Void

  /// One connection, as bytes.
  package struct Conversation {
    /// 0 for the first connection that was accepted.
    package let number: Int
    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var pending = ByteBuffer()

    fileprivate init(
      number: Int, inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
      outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
      self.number = number
      iterator = inbound.makeAsyncIterator()
      self.outbound = outbound
    }

    /// The next head, up to and with its empty line; nil at the end of the stream.
    package mutating func head() async throws -> String? {
      while true {
        let view = pending.readableBytesView
        if let end = view.firstRange(of: Array("\r\n\r\n".utf8)) {
          return pending.readString(length: end.upperBound - view.startIndex)
        }
        guard try await more() else { return nil }
      }
    }

    /// So many bytes; nil when the stream ends before.
    package mutating func bytes(_ count: Int) async throws -> ByteBuffer? {
      while pending.readableBytes < count { guard try await more() else { return nil } }
      return pending.readSlice(length: count)
    }

    /// How many bytes come until the other side closes.
    package mutating func rest() async throws -> Int {
      var count = pending.readableBytes
      pending.clear()
      while try await more() {
        count += pending.readableBytes
        pending.clear()
      }
      return count
    }

    package func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
    package func send(_ bytes: ByteBuffer) async throws { try await outbound.write(bytes) }

    private mutating func more() async throws -> Bool {
      guard var next = try await iterator.next(isolation: nil) else { return false }
      pending.writeBuffer(&next)
      return true
    }
  }

  package let port: Int

  private init(port: Int) { self.port = port }

  /// Runs a server for the time of `body`. A connection is closed when its script ends.
  package static func with(
    port: Int = 0, script: @escaping Script, _ body: (ScriptedServer) async throws -> Void
  ) async throws {
    let server = try await ServerBootstrap(group: WireThread.shared.loops)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture { try FaultProxy.Channel(wrappingChannelSynchronously: channel) }
      }
    try await run(server, script, body)
  }

  /// The same on a Unix socket.
  package static func with(
    socket: String, script: @escaping Script, _ body: (ScriptedServer) async throws -> Void
  ) async throws {
    let server = try await ServerBootstrap(group: WireThread.shared.loops)
      .bind(unixDomainSocketPath: socket, cleanupExistingSocketFile: true) { channel in
        channel.eventLoop.makeCompletedFuture { try FaultProxy.Channel(wrappingChannelSynchronously: channel) }
      }
    try await run(server, script, body)
  }

  private static func run(
    _ server: NIOAsyncChannel<FaultProxy.Channel, Never>, _ script: @escaping Script,
    _ body: (ScriptedServer) async throws -> Void
  ) async throws {
    let scripted = ScriptedServer(port: server.channel.localAddress?.port ?? 0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: WireThread.shared) {
        try await server.executeThenClose { clients in
          try await withThrowingDiscardingTaskGroup { group in
            var number = 0
            for try await client in clients {
              let current = number
              number += 1
              group.addTask {
                // A caller that dies is what the tests are for.
                do {
                  try await client.executeThenClose { inbound, outbound in
                    var conversation = Conversation(number: current, inbound: inbound, outbound: outbound)
                    try await script(&conversation)
                  }
                } catch {}
              }
            }
          }
        }
      }
      defer { group.cancelAll() }
      try await body(scripted)
    }
  }
}
