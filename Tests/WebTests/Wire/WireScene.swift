import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SyncProtocol
import Synchronization
import Testing

@testable import Web

/// A server with routes that tell what reached them.
struct WireScene: Sendable {
  let port: Int
  let seen: Seen

  /// What routes saw, in order.
  final class Seen: Sendable {
    private let lines = Mutex<[String]>([])
    private let stream: AsyncStream<String>
    private let source: AsyncStream<String>.Continuation

    init() { (stream, source) = AsyncStream.makeStream() }

    var all: [String] { lines.withLock { $0 } }

    func note(_ line: String) {
      lines.withLock { $0.append(line) }
      source.yield(line)
    }

    /// Waits until a route has noted something that begins so.
    func wait(for start: String) async -> String? {
      for await line in stream where line.hasPrefix(start) { return line }
      return nil
    }
  }

  static func with<Result: Sendable>(
    certificates: ServerCertificates? = nil, _ change: (inout WebLimits) -> Void = { _ in },
    _ work: @Sendable (WireScene) async throws -> Result
  ) async throws -> Result {
    var limits = WebLimits()
    change(&limits)
    let seen = Seen()
    let server = WebServer(
      router: router(seen), address: WebServer.Address(port: 0), certificates: certificates, limits: limits,
      logger: quiet)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      defer { group.cancelAll() }
      return try await work(WireScene(port: await server.boundPort, seen: seen))
    }
  }

  static var quiet: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }

  private static func router(_ seen: Seen) -> Router<WebContext> {
    let router = Router.withProblems()
    for path in ["/", "/**"] as [RouterPath] {
      router.get(path) { request, _ in
        seen.note("GET \(request.uri.string) at \(request.head.authority ?? "nowhere")")
        return Response(json: [:])
      }
    }
    router.head("/x") { _, _ in Response(status: .ok, headers: [.contentLength: "7"]) }
    router.head("/large") { _, _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "a body"))) }
    router.head("/stream") { _, _ in
      Response(
        status: .ok,
        body: .init { writer in
          try await writer.write(ByteBuffer(string: "streamed"))
          try await writer.finish(nil)
        })
    }
    for (path, status) in [("/nothing", HTTPResponse.Status.noContent), ("/unchanged", .notModified)] {
      router.get(RouterPath(path)) { _, _ in
        Response(status: status, body: .init(byteBuffer: ByteBuffer(string: "a body")))
      }
    }
    router.get("/fields") { request, _ in
      Response(json: .string(request.headers.map { "\($0.name)=\($0.value)" }.joined(separator: ";")))
    }
    router.post("/echo") { request, _ in
      do {
        let body = try await request.body.collect(upTo: 1 << 20)
        seen.note("POST \(String(buffer: body))")
        return Response(status: .ok, body: .init(byteBuffer: body))
      } catch {
        seen.note("broken \(error)")
        throw error
      }
    }
    router.post("/refuse") { _, _ -> Response in throw Problem.tooLarge }
    router.get("/short") { _, _ in
      Response(
        status: .ok, headers: [.contentLength: "10"],
        body: .init { writer in
          try await writer.write(ByteBuffer(string: "five!"))
          try await writer.finish(nil)
        })
    }
    router.get("/stream") { _, _ in
      Response(
        status: .ok,
        body: .init { writer in
          try await writer.write(ByteBuffer(string: "streamed"))
          try await writer.finish(nil)
        })
    }
    router.get("/endless") { _, _ in
      Response(
        status: .ok,
        body: .init { writer in
          let part = ByteBuffer(repeating: 0x61, count: 64 * 1024)
          do {
            while true { try await writer.write(part) }
          } catch {
            seen.note("unread")
            throw error
          }
        })
    }
    return router
  }
}
