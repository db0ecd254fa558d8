/// A signed "no" of a sync route, as a problem document (RFC 9457). What is not signed is no refusal but a transport failure.
public struct SyncProblem: Error, Sendable, Hashable {
  public let code: Code
  /// For people; holds no secrets.
  public var detail: String
  /// What is spoken (`VERSION_UNSUPPORTED`).
  public var versions: [Int] = []
  /// When to come back, in milliseconds.
  public var retryAfterMilliseconds: Int?
  /// The code of the verification or the check that failed.
  public var reason: String?

  public init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }
}

extension SyncProblem: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    code = try reader.field("code").parsed("a code of sync-v1") { Code(rawValue: $0) }
    detail = try reader.field("detail").string(bytes: 0...2000)
    if let list = try reader.optional("versions") { versions = try Negotiation.versions(list) }
    if let milliseconds = try reader.optional("retry_after_ms") {
      retryAfterMilliseconds = Int(try milliseconds.integer(in: 0...3_600_000))
    }
    reason = try reader.optional("reason")?.label()
  }

  public var json: JSONValue {
    var object: JSONObject = [
      "type": .string("urn:atoll:sync:\(code.rawValue)"), "title": .string(code.title), "status": .integer(code.status),
      "code": .string(code.rawValue), "detail": .string(detail),
    ]
    if !versions.isEmpty { object["versions"] = .array(versions.map { .integer($0) }) }
    if let retryAfterMilliseconds { object["retry_after_ms"] = .integer(retryAfterMilliseconds) }
    if let reason { object["reason"] = .string(reason) }
    return .object(object)
  }
}
