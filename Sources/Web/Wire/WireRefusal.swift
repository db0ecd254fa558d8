internal import HTTPTypes
internal import NIOCore
internal import SyncProtocol

/// Why a request is refused before any route sees it: it could be read in two ways, or it does not come as it should.
///
/// Two programs that disagree where a request ends or whom it is for are what request smuggling lives on, so nothing is repaired.
package struct WireRefusal: Error, Sendable, Hashable {
  /// The status of the answer.
  package let status: Int
  /// The last part of the problem's type.
  package let code: String
  package let title: String

  private init(_ status: Int, _ code: String, _ title: String) {
    self.status = status
    self.code = code
    self.title = title
  }

  /// Not a message of RFC 9112 or 9113.
  package static let malformed = WireRefusal(400, "malformed-request", "The request is not well-formed HTTP")
  /// Lengths that contradict each other, or two ways to tell one (RFC 9112 §6.3).
  package static let ambiguousLength = WireRefusal(400, "ambiguous-length", "The length of the body is not clear")
  /// A transfer coding other than `chunked` (RFC 9112 §6.1).
  package static let unknownCoding = WireRefusal(501, "unknown-transfer-coding", "Only chunked is understood")
  /// No host, several, one that is none, or one that contradicts the target (RFC 9112 §3.2).
  package static let badHost = WireRefusal(400, "bad-host", "The request names no host, or not one")
  /// A path that different programs understand differently.
  package static let badTarget = WireRefusal(400, "bad-target", "The path is not one that can be passed on safely")
  package static let targetTooLong = WireRefusal(414, "target-too-long", "The path and the query are too long")
  package static let headersTooLarge = WireRefusal(431, "headers-too-large", "The header fields are too large or many")
  package static let unknownVersion = WireRefusal(505, "unknown-http-version", "This version of HTTP is not spoken")
  /// CONNECT and TRACE.
  package static let methodRefused = WireRefusal(405, "method-not-allowed", "This server does not take this method")
  package static let expectationFailed = WireRefusal(417, "unknown-expectation", "Only 100-continue is understood")
  /// The body comes more slowly than ``WebLimits/bodyBytesPerSecond``.
  package static let tooSlow = WireRefusal(408, "request-too-slow", "The body did not come in time")
  /// The caller went away in the middle of the body. Nobody reads the answer; routes must not take the rest for the whole.
  package static let brokenOff = WireRefusal(400, "request-broken-off", "The body is not complete")

  /// The answer, as a guard writes it.
  var answer: (fields: [(String, String)], document: ByteBuffer) {
    let document = JSONWriter.write(
      .object([
        "type": .string("urn:atoll:problem:\(code)"), "title": .string(title), "status": .integer(Int64(status)),
      ]))
    let fields = [
      ("content-type", "application/problem+json"), ("content-length", String(document.count)),
      ("cache-control", "no-store"), ("x-content-type-options", "nosniff"),
    ]
    return (fields, ByteBuffer(bytes: document))
  }
}

extension WireRefusal: ProblemConvertible {
  package var problem: Problem { Problem(HTTPResponse.Status(code: status), code, title: title) }
}
