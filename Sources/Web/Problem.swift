package import HTTPTypes
package import Hummingbird
package import SyncProtocol

/// An error that a caller can act upon, sent as `application/problem+json` (RFC 9457).
///
/// `type` is stable and meant for programs, `detail` for people: it says what to do and never holds secrets or SQL.
package struct Problem: Error, Sendable, Hashable {
  package let status: HTTPResponse.Status
  /// The last part of the type URI `urn:atoll:problem:…`: lower-case words with hyphens.
  package let code: String
  package let title: String
  package let detail: String?
  /// Seconds after which trying again makes sense, sent as `Retry-After`.
  package let retryAfter: Int?
  /// Further members of the document, such as the location of an operation.
  package let members: JSONObject
  /// Header fields that tell a program more, such as where to turn.
  package let headers: HTTPFields

  package init(
    _ status: HTTPResponse.Status, _ code: String, title: String, detail: String? = nil, retryAfter: Int? = nil,
    members: JSONObject = JSONObject(), headers: HTTPFields = [:]
  ) {
    self.status = status
    self.code = code
    self.title = title
    self.detail = detail
    self.retryAfter = retryAfter
    self.members = members
    self.headers = headers
  }

  /// The URI that names this kind of problem.
  package var type: String { "urn:atoll:problem:\(code)" }

  /// The document as it is sent.
  package var document: JSONObject {
    var document: JSONObject = [
      "type": .string(type), "title": .string(title), "status": .integer(Int64(status.code)),
    ]
    if let detail { document["detail"] = .string(detail) }
    for member in members.members where document[member.key] == nil { document[member.key] = member.value }
    return document
  }
}

extension Problem: HTTPResponseError {
  package func response(from request: Request, context: some RequestContext) -> Response {
    var response = Response(
      json: .object(document), status: status, contentType: "application/problem+json", headers: headers)
    if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
    if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
    return response
  }
}

/// An error of another module that knows how it is told to a caller.
package protocol ProblemConvertible: Error {
  var problem: Problem { get }
}
