import NIOCore
import NIOPosix
import Synchronization

/// A TCP proxy on loopback that harms what passes through it, as its ``FaultPlan`` says.
///
/// In front of a sync port it knows requests and answers, in front of a database port it knows the answer to a COMMIT.
public final class FaultProxy: Sendable {
  public enum Style: Sendable {
    case http
    case database
  }

  /// Where it listens.
  public let port: Int
  public let plan: FaultPlan
  private let style: Style
  private let target: Mutex<Int>

  private init(port: Int, style: Style, plan: FaultPlan, target: Int) {
    self.port = port
    self.style = style
    self.plan = plan
    self.target = Mutex(target)
  }

  typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// Runs a proxy for the time of `body`.
  ///
  /// - Parameter target: the port on loopback that it stands in front of; may be set later with ``stand(before:)``.
  public static func with(
    _ style: Style, before target: Int = 0, plan: FaultPlan = FaultPlan(), _ body: (FaultProxy) async throws -> Void
  ) async throws {
    let server = try await ServerBootstrap(group: WireThread.shared.loops)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture { try Channel(wrappingChannelSynchronously: channel) }
      }
    let proxy = FaultProxy(port: server.channel.localAddress?.port ?? 0, style: style, plan: plan, target: target)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: WireThread.shared) { try await proxy.accept(server) }
      defer { group.cancelAll() }
      try await body(proxy)
    }
  }

  public func stand(before port: Int) { target.withLock { $0 = port } }

  private func accept(_ server: NIOAsyncChannel<Channel, Never>) async throws {
    try await server.executeThenClose { clients in
      try await withThrowingDiscardingTaskGroup { group in
        for try await client in clients {
          group.addTask {
            // A connection that ends in an error is what this proxy is for.
            do { try await self.serve(client) } catch {}
          }
        }
      }
    }
  }

  private func serve(_ client: Channel) async throws {
    switch style {
    case .http: try await HTTPRelay(plan: plan, connect: connect).serve(client)
    case .database: try await DatabaseRelay(plan: plan, connect: connect).serve(client)
    }
  }

  @Sendable private func connect() async throws -> Channel {
    try await ClientBootstrap(group: WireThread.shared.loops)
      .connect(host: "127.0.0.1", port: target.withLock { $0 }) { channel in
        channel.eventLoop.makeCompletedFuture { try Channel(wrappingChannelSynchronously: channel) }
      }
  }
}
