package import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
package import Observability
internal import ServiceLifecycle
internal import Synchronization

/// An HTTP server as a service: it starts when run and stops, after the requests under way, at graceful shutdown.
package final class WebServer: Service {
  package struct Address: Sendable, Hashable {
    package let host: String
    /// 0 asks the system for a free port; see ``WebServer/boundPort``.
    package let port: Int
    /// The path of a Unix socket, instead of host and port.
    package private(set) var socket: String?

    package init(host: String = "127.0.0.1", port: Int) {
      self.host = host
      self.port = port
    }

    /// A Unix socket: whoever may write to its file may connect. A file that an earlier process left there is replaced.
    package init(socket: String) {
      self.init(host: "", port: 0)
      self.socket = socket
    }
  }

  private let application: Application<RouterResponder<WebContext>>
  private let state: Port
  private let address: Address
  private let certificates: ServerCertificates?

  /// The port in use. Waits until the server listens, or has failed to: then it is the port that was asked for.
  package var boundPort: Int { get async { await state.value() } }

  /// - Parameters:
  ///   - router: made by `Router.withProblems()`, so that errors become problem documents.
  ///   - certificates: serves HTTPS, HTTP/2 and HTTP/1.1; plain HTTP/1.1 without. Watched while the server runs.
  package convenience init(
    router: Router<WebContext>, address: Address, certificates: ServerCertificates? = nil,
    limits: WebLimits = WebLimits(), logger: Logger
  ) {
    self.init(
      responder: router.buildResponder(), address: address, certificates: certificates, limits: limits, logger: logger)
  }

  private init(
    responder: RouterResponder<WebContext>, address: Address, certificates: ServerCertificates?, limits: WebLimits,
    logger: Logger
  ) {
    let state = Port()
    self.state = state
    self.address = address
    self.certificates = certificates
    application = Application(
      responder: responder,
      server: HTTPServerBuilder { responder in
        EdgeChannel(responder: responder, limits: limits, certificates: certificates)
      },
      configuration: ApplicationConfiguration(
        address: address.socket.map { .unixDomainSocket(path: $0) } ?? .hostname(address.host, port: address.port),
        serverName: "atoll",
        backlog: limits.backlog, availableConnectionsDelegate: .maximum(limits.connections, logger: logger)),
      onServerRunning: { channel in state.resolve(channel.localAddress?.port ?? address.port) },
      logger: logger)
  }

  package func run() async throws {
    // A server that could not listen must not leave anybody waiting for its port; run() throws why.
    defer { state.resolve(address.port) }
    guard let certificates else { return try await application.run() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await certificates.run() }
      defer { group.cancelAll() }
      try await application.run()
    }
  }

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
  /// A router whose errors are problem documents, and whose answers are told to an observer.
  ///
  /// - Parameter crossOrigin: lets scripts of other origins read answers, errors too.
  package static func withProblems(
    observer: WebObserver = .none, tracer: Tracer = .none, crossOrigin: CrossOriginAPI<WebContext>? = nil
  ) -> Router<WebContext> {
    let router = Router(context: WebContext.self, options: [])
    router.addMiddleware { ObservingMiddleware(observer: observer) }
    if tracer.isEnabled { router.addMiddleware { TracingMiddleware(tracer: tracer) } }
    if let crossOrigin { router.addMiddleware { crossOrigin } }
    router.addMiddleware { ProblemMiddleware() }
    return router
  }
}
