internal import HTTPTypes
package import SyncProtocol

/// Problems that any route can have.
extension Problem {
  package static func badRequest(_ detail: String) -> Problem {
    Problem(.badRequest, "bad-request", title: "The request is not valid", detail: detail)
  }

  /// A body that is not the JSON asked for; names the place, never the value.
  package static func badBody(_ error: JSONError) -> Problem {
    if error.code == .tooLarge { return tooLarge }
    var members = JSONObject()
    if let offset = error.offset { members["offset"] = .integer(Int64(offset)) }
    if error.code == .shape { members["path"] = .string(error.path) }
    return Problem(
      .badRequest, "bad-json", title: "The body is not the JSON that this route takes", detail: error.description,
      members: members)
  }

  package static let tooLarge = Problem(
    .contentTooLarge, "body-too-large", title: "The body is larger than this route takes")

  package static let unsupportedMediaType = Problem(
    .unsupportedMediaType, "unsupported-media-type", title: "This route takes application/json")

  package static let unauthenticated = Problem(
    .unauthorized, "unauthenticated", title: "This route needs a valid credential",
    detail: "Send `Authorization: Bearer …` with a credential that is neither expired nor revoked.")

  package static func forbidden(_ detail: String) -> Problem {
    Problem(.forbidden, "forbidden", title: "The credential does not allow this", detail: detail)
  }

  package static func notFound(_ what: String) -> Problem {
    Problem(.notFound, "not-found", title: "\(what) was not found", detail: "It does not exist or is not yours to see.")
  }

  package static let noSuchRoute = Problem(.notFound, "no-such-route", title: "There is nothing at this path")

  package static let methodNotAllowed = Problem(
    .methodNotAllowed, "method-not-allowed", title: "This path does not take this method")

  /// A route of the other silo: it exists, but not in this process.
  package static func wrongSilo(served: String, wanted: String) -> Problem {
    Problem(
      .notFound, "wrong-silo", title: "This route belongs to another silo",
      detail: "This process runs as \(served); the route is served by \(wanted).")
  }

  package static func unavailable(_ detail: String, retryAfter: Int) -> Problem {
    Problem(
      .serviceUnavailable, "unavailable", title: "The service cannot answer right now", detail: detail,
      retryAfter: retryAfter)
  }

  /// The disk of a database has no room. Nothing was half done; everything resumes by itself when there is room again.
  package static func storageFull(_ whose: String) -> Problem {
    Problem(
      .serviceUnavailable, "storage-full", title: "The database's disk is full",
      detail:
        "\(whose) has no room for this change, and nothing of it was done. An operator has to free space on its disk; "
        + "everything resumes by itself then.", retryAfter: 30)
  }

  package static let internalError = Problem(
    .internalServerError, "internal", title: "Something went wrong here",
    detail: "The failure is in the server's log under the request id of this answer.")
}
