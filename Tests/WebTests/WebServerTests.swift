import AsyncHTTPClient
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import SyncProtocol
import Testing

@testable import Web

@Suite("the server") struct WebServerTests {
  private var quiet: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }

  private func router() -> Router<WebContext> {
    let router = Router.withProblems()
    router.get("/") { _, _ in Response(json: [:]) }
    return router
  }

  @Test("a server that cannot listen says so and leaves nobody waiting for its port", .timeLimit(.minutes(20)))
  func portInUse() async throws {
    let first = WebServer(router: router(), address: WebServer.Address(port: 0), logger: quiet)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await first.run() }
      let port = await first.boundPort
      #expect(port > 0)
      let second = WebServer(router: router(), address: WebServer.Address(port: port), logger: quiet)
      await #expect(throws: (any Error).self) { try await second.run() }
      #expect(await second.boundPort == port)
      group.cancelAll()
      do { try await group.waitForAll() } catch is CancellationError {}
    }
  }

  @Test("headers beyond the limits are refused, and the server goes on", .timeLimit(.minutes(20)))
  func headers() async throws {
    let server = WebServer(router: router(), address: WebServer.Address(port: 0), logger: quiet)
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: SyncClient.configuration)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      let url = "http://127.0.0.1:\(await server.boundPort)/"
      func status(_ headers: [(String, String)]) async -> UInt {
        var request = HTTPClientRequest(url: url)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        do {
          return try await http.execute(request, timeout: .seconds(10)).status.code
        } catch {
          return 0  // the connection was closed
        }
      }
      for headers in [
        [("x-long", String(repeating: "a", count: 20 * 1024))], (0..<200).map { ("x-\($0)", "a") },
      ] {
        let refused = await status(headers)
        #expect(refused == 0 || (400..<500).contains(refused))
      }
      #expect(await status([("x-ok", "a")]) == 200)
      group.cancelAll()
      do { try await group.waitForAll() } catch is CancellationError {}
    }
    try await http.shutdown()
  }
}
