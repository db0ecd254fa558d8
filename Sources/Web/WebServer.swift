package import Hummingbird
package import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// An HTTP server as a service: it starts when run and stops, after the requests under way, at graceful shutdown.
package final class WebServer: Service {
  package struct Address: Sendable, Hashable {
    package let host: String
    /// 0 asks the system for a free port; see ``WebServer/boundPort``.
    package let port: Int

    package init(host: String = "127.0.0.1", port: Int) {
      self.host = host
      self.port = port
    }
  }

  private let application: Application<RouterResponder<WebContext>>
  private let state: Port

  /// The port in use. Waits until the server listens.
  package var boundPort: Int { get async { await state.value() } }

  /// - Parameter router: made by `Router.withProblems()`, so that errors become problem documents.
  package convenience init(router: Router<WebContext>, address: Address, logger: Logger) {
    self.init(responder: router.buildResponder(), address: address, logger: logger)
  }

  private init(responder: RouterResponder<WebContext>, address: Address, logger: Logger) {
    let state = Port()
    self.state = state
    application = Application(
      responder: responder,
      configuration: ApplicationConfiguration(address: .hostname(address.host, port: address.port), serverName: "atoll"),
      onServerRunning: { channel in state.resolve(channel.localAddress?.port ?? address.port) },
      logger: logger)
  }

  package func run() async throws { try await application.run() }

  /// A value that arrives once.
  private final class Port: Sendable {
    private enum State {
      case waiting([CheckedContinuation<Int, Never>])
      case known(Int)
    }

    private let state = Mutex(State.waiting([]))

    func resolve(_ port: Int) {
      let waiters: [CheckedContinuation<Int, Never>] = state.withLock { state in
        guard case .waiting(let waiters) = state else { return [] }
        state = .known(port)
        return waiters
      }
      for waiter in waiters { waiter.resume(returning: port) }
    }

    func value() async -> Int {
      await withCheckedContinuation { continuation in
        let known: Int? = state.withLock { state in
          switch state {
          case .known(let port): return port
          case .waiting(let waiters):
            state = .waiting(waiters + [continuation])
            return nil
          }
        }
        if let known { continuation.resume(returning: known) }
      }
    }
  }
}

extension Router where Context == WebContext {
  /// A router whose errors are problem documents.
  package static func withProblems() -> Router<WebContext> {
    let router = Router(context: WebContext.self, options: [])
    router.addMiddleware { ProblemMiddleware() }
    return router
  }
}
