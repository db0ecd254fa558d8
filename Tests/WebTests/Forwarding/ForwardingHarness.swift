import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import Web

/// A server of ours that passes everything on to a scripted one.
enum ForwardingHarness {
  struct Front: Sendable {
    let url: String
    let port: Int
    let http: HTTPClient

    func execute(
      _ path: String, method: HTTPMethod = .GET, headers: [(String, String)] = [],
      body: HTTPClientRequest.Body? = nil
    ) async throws -> HTTPClientResponse {
      var request = HTTPClientRequest(url: url + path)
      request.method = method
      for (name, value) in headers { request.headers.add(name: name, value: value) }
      request.body = body
      return try await http.execute(request, timeout: .seconds(60))
    }

    func text(_ path: String, method: HTTPMethod = .GET) async throws -> (status: UInt, body: String) {
      let response = try await execute(path, method: method)
      return (response.status.code, String(buffer: try await response.body.collect(upTo: 1 << 20)))
    }
  }

  static var quiet: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }

  /// Passes every request on, whatever its path and method.
  struct Everything: RouterMiddleware {
    let forwarder: Forwarder
    let target: ForwardTarget
    let rules: HeaderRules
    let limits: ForwardLimits

    @concurrent func handle(
      _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
      try await forwarder.forward(request, to: target, rules: rules, limits: limits, context: context)
    }
  }

  static func with(
    target: ForwardTarget, rules: HeaderRules = HeaderRules(), limits: ForwardLimits = ForwardLimits(),
    authorities: OutboundAuthorities? = nil, outbound: OutboundGuard? = nil, names: HostNames = .system,
    certificates: ServerCertificates? = nil, _ body: (Front) async throws -> Void
  ) async throws {
    let forwarder = Forwarder(
      authorities: try authorities ?? OutboundAuthorities(.system), outbound: outbound, names: names)
    let router = Router.withProblems()
    router.addMiddleware { Everything(forwarder: forwarder, target: target, rules: rules, limits: limits) }
    let server = WebServer(
      router: router, address: WebServer.Address(port: 0), certificates: certificates, logger: quiet)
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: SyncClient.configuration)
    var failure: (any Error)?
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        let port = await server.boundPort
        try await body(Front(url: "http://127.0.0.1:\(port)", port: port, http: http))
        group.cancelAll()
        do { try await group.waitForAll() } catch is CancellationError {}
      }
    } catch {
      failure = error
    }
    forwarder.shutdown()
    try await http.shutdown()
    if let failure { throw failure }
  }

  /// The same in front of a scripted server.
  static func with(
    rules: HeaderRules = HeaderRules(), limits: ForwardLimits = ForwardLimits(),
    certificates: ServerCertificates? = nil, script: @escaping ScriptedServer.Script,
    _ body: (Front) async throws -> Void
  ) async throws {
    try await ScriptedServer.with(script: script) { server in
      let target = try #require(ForwardTarget("http://127.0.0.1:\(server.port)"))
      try await with(target: target, rules: rules, limits: limits, certificates: certificates, body)
    }
  }

  /// Answers every request on the connection with its own head, as text.
  static let echo: ScriptedServer.Script = { conversation in
    while let head = try await conversation.head() {
      let text = "\(conversation.number)\n\(head)"
      try await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
    }
  }
}
