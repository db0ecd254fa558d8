import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SyncProtocol

/// Control's JSON API as an operator or a person calls it.
struct OperatorClient: Sendable {
  struct Refused: Error, CustomStringConvertible {
    package let description: String
  }

  let url: String
  let token: String

  init(url: String, token: String) {
    self.url = url
    self.token = token
  }

  func isReady() async -> Bool {
    do {
      var request = HTTPClientRequest(url: url + "/ready")
      request.method = .GET
      return try await HTTPClient.shared.execute(request, timeout: .seconds(2)).status == .ok
    } catch { return false }
  }

  /// - Throws: ``Refused`` for every status but 2xx.
  @discardableResult
  func post(_ path: String, _ body: JSONValue) async throws -> JSONReader {
    var request = HTTPClientRequest(url: url + path)
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/json")
    if !token.isEmpty { request.headers.add(name: "authorization", value: "Bearer \(token)") }
    request.body = .bytes(ByteBuffer(bytes: JSONWriter.write(body)))
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    let bytes = try await response.body.collect(upTo: 1 << 20)
    guard (200..<300).contains(response.status.code) else {
      throw Refused(description: "\(path): \(response.status.code) \(String(buffer: bytes))")
    }
    return JSONReader(try JSONParser.parse(Array(bytes.readableBytesView), limits: JSONLimits(maximumBytes: 1 << 20)))
  }
}
