internal import HTTPTypes
package import Hummingbird
internal import NIOHTTP1

extension HeaderRules {
  /// The request as the upstream gets it, without framing.
  ///
  /// - Throws: ``ForwardFailure`` for a path that no request line may hold, and for a WebSocket.
  func outgoing(_ request: Request, to target: ForwardTarget) throws -> HTTPRequestHead {
    let path = request.head.path ?? "/"
    guard path.utf8.first == UInt8(ascii: "/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw ForwardFailure(.badRequest, "The path is not one that can be passed on.")
    }
    guard request.method != .connect, request.method != .trace else {
      throw ForwardFailure(.badRequest, "This method is not passed on.")
    }
    guard !request.wantsWebSocket else { throw ForwardFailure(.upgradeRefused, "a WebSocket") }
    var headers = HTTPHeaders()
    headers.reserveCapacity(request.headers.count + setsInbound.count + 2)
    headers.add(name: "host", value: host ?? target.authority)
    let named = Self.named(request.headers[.connection])
    for field in request.headers where passesIn(field.name.canonicalName, named: named) {
      guard !setsInbound.contains(field.name) else { continue }
      headers.add(name: field.name.rawName, value: field.value)
    }
    for field in setsInbound { headers.add(name: field.name.rawName, value: field.value) }
    return HTTPRequestHead(
      version: .http1_1, method: HTTPMethod(rawValue: request.method.rawValue), uri: path, headers: headers)
  }

  /// The head of an answer as the caller gets it.
  func incoming(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) throws -> HTTPResponse {
    guard (200...599).contains(status.code) else {
      throw ForwardFailure(.refusedAnswer, isSent: true, "status \(status.code)")
    }
    let named = Self.named(headers["connection"].joined(separator: ","))
    var fields = HTTPFields()
    fields.reserveCapacity(headers.count + setsOutbound.count)
    for (name, value) in headers {
      guard let name = HTTPField.Name(name), passesOut(name.canonicalName, named: named) else { continue }
      fields.append(HTTPField(name: name, value: value))
    }
    for field in setsOutbound { fields[field.name] = field.value }
    var response = HTTPResponse(status: .init(code: Int(status.code), reasonPhrase: ""), headerFields: fields)
    try check(&response)
    return response
  }

  /// The names that a `Connection` field lists.
  private static func named(_ value: String?) -> Set<String> {
    guard let value, !value.isEmpty, value != "keep-alive", value != "close" else { return [] }
    return Set(
      value.lowercased().split(separator: ",").map { canonical($0.filter { $0 != " " && $0 != "\t" }) })
  }
}

extension Request {
  /// Whether it came to become a WebSocket (RFC 6455 §4.1). Other protocols that a client offers it can do without (RFC 9110 §7.8).
  package var wantsWebSocket: Bool {
    headers[values: .upgrade].contains { $0.lowercased().contains("websocket") }
  }
}
