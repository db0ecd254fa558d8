import NIOCore
import NIOPosix
import Synchronization

/// An application that takes every request on loopback, answers 204 and remembers what it was told.
public final class RequestSink: Sendable {
  /// A request's head and body as text.
  public struct Received: Sendable {
    public let head: String
    public let body: String

    /// The value of a header; nil when it is missing.
    public func header(_ name: String) -> String? {
      for line in head.split(separator: "\r\n") {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { continue }
        return String(parts[1].drop { $0 == " " })
      }
      return nil
    }
  }

  public let port: Int
  private let requests = Mutex<[Received]>([])

  private init(port: Int) { self.port = port }

  /// Everything received so far, in order.
  public var received: [Received] { requests.withLock { $0 } }

  /// Runs a sink for the time of `body`.
  public static func with(_ body: (RequestSink) async throws -> Void) async throws {
    let server = try await ServerBootstrap(group: WireThread.shared.loops)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture { try FaultProxy.Channel(wrappingChannelSynchronously: channel) }
      }
    let sink = RequestSink(port: server.channel.localAddress?.port ?? 0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: WireThread.shared) {
        try await server.executeThenClose { clients in
          try await withThrowingDiscardingTaskGroup { group in
            for try await client in clients {
              group.addTask {
                // A caller that dies is what the tests are for.
                do { try await sink.serve(client) } catch {}
              }
            }
          }
        }
      }
      defer { group.cancelAll() }
      try await body(sink)
    }
  }

  private func serve(_ client: FaultProxy.Channel) async throws {
    try await client.executeThenClose { inbound, outbound in
      var messages = HTTPMessages(inbound)
      while let message = try await messages.next() {
        let text = String(buffer: message)
        let parts = text.firstRange(of: "\r\n\r\n").map { (text[..<$0.lowerBound], text[$0.upperBound...]) }
        requests.withLock { $0.append(Received(head: String(parts?.0 ?? ""), body: String(parts?.1 ?? ""))) }
        try await outbound.write(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n"))
      }
    }
  }
}
