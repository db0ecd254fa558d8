import AsyncHTTPClient
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Silo
import Synchronization
import SyncProtocol
import Web

@testable import RegionAgent

/// Control's OpenID Provider as far as a region meets it: a description and a token endpoint that answers what a test says.
final class FakeProvider: Sendable {
  struct Script: Sendable {
    /// The ID token for a code; nil refuses it.
    var token: (@Sendable (_ issuer: String) -> String?)?
    /// What came to the token endpoint.
    var forms: [[String: String]] = []
    var issuer = ""
  }

  let script = Mutex(Script())

  private func makeRouter() -> Router<WebContext> {
    let router = Router<WebContext>.withProblems()
    router.get("/.well-known/openid-configuration") { _, _ in
      let issuer = self.script.withLock { $0.issuer }
      return Response(json: [
        "issuer": .string(issuer), "authorization_endpoint": .string(issuer + "/oauth/authorize"),
        "token_endpoint": .string(issuer + "/oauth/token"), "end_session_endpoint": .string(issuer + "/oauth/logout"),
      ])
    }
    router.post("/oauth/token") { request, _ in
      let body = String(decoding: try await request.bytes(limit: 65_536), as: UTF8.self)
      let fields = body.split(separator: "&").compactMap { part -> (String, String)? in
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return pair.count == 2 ? (String(pair[0]), String(pair[1]).percentDecoded) : nil
      }
      let (token, issuer) = self.script.withLock { script in
        script.forms.append(Dictionary(fields, uniquingKeysWith: { first, _ in first }))
        return (script.token, script.issuer)
      }
      guard let text = token?(issuer) else {
        return Response(json: ["error": "invalid_grant"], status: .badRequest)
      }
      return Response(json: ["id_token": .string(text), "token_type": "Bearer", "access_token": "x"])
    }
    return router
  }

  /// Serves on a free port while `body` runs.
  func serving<Value: Sendable>(_ body: @Sendable @escaping (_ url: String) async throws -> Value) async throws -> Value
  {
    let server = WebServer(router: makeRouter(), address: WebServer.Address(port: 0), logger: FakeControl.logger)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        do { try await server.run() } catch is CancellationError {}
        return nil
      }
      group.addTask {
        let url = "http://127.0.0.1:\(await server.boundPort)"
        self.script.withLock { $0.issuer = url }
        return try await body(url)
      }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }
}

extension String {
  /// `%40` becomes `@`.
  var percentDecoded: String {
    var bytes: [UInt8] = []
    var rest = Array(utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
