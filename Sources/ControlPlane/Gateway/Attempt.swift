internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Web

/// A request that may have to be sent twice.
struct Attempt: Sendable {
  /// What is known of the attempt before.
  enum Standing: Sendable {
    /// The region refused the routing: nothing was done.
    case refusal
    /// The region never saw the request.
    case nothing
    /// The region may have seen it.
    case uncertain
  }

  let request: Request
  private(set) var target: GatewayTarget
  /// 1 for the first.
  var number = 1
  /// The body is here whole, or there is none.
  private let isHeld: Bool

  /// - Parameter held: bytes of a body that is read before the request is passed on, so that it can be sent again.
  init(_ request: Request, _ target: GatewayTarget, holding held: Int) async throws {
    var request = request
    var target = target
    let length = request.headers[.contentLength].flatMap(Int.init)
    if let length, length > 0, length <= held {
      request.body = RequestBody(buffer: ByteBuffer(bytes: try await request.bytes(limit: held)))
      isHeld = true
    } else {
      let isBodiless = request.method.isSafe || request.method == .delete
      isHeld = length == 0 || (length == nil && !request.headers.contains(.transferEncoding) && isBodiless)
    }
    if IngestPath(target.path) != nil {
      target.ingest = try await Self.ingest(&request, target, isHeld: isHeld)
    }
    self.request = request
    self.target = target
  }

  /// Whose data it is that the request brings. The body is looked at only where nothing else says it.
  private static func ingest(
    _ request: inout Request, _ target: GatewayTarget, isHeld: Bool
  ) async throws -> GatewayTarget.Ingest {
    if let key = try IngestKey.find(request) { return .key(key) }
    let what = target.path.split(separator: "/").dropFirst(2).first
    guard what == "envelope", request.method == .post, !request.headers.contains(.contentEncoding) else {
      return .unnamed
    }
    let peeked = try await PeekedBody(request.body, limit: IngestKey.longestLine)
    if !isHeld { request.body = peeked.body }
    guard peeked.isWhole, let key = try IngestKey.find(inEnvelope: peeked.line) else { return .unnamed }
    return .key(key)
  }

  /// Once, and only what can be sent again: always after a refusal, never on a guess unless the method says that twice is once.
  func mayRepeat(after standing: Standing) -> Bool {
    guard number == 1, isHeld else { return false }
    return switch standing {
    case .refusal, .nothing: true
    case .uncertain: request.method.isSafe
    }
  }
}

extension HTTPRequest.Method {
  /// RFC 9110 §9.2.1: asks for nothing to be changed.
  var isSafe: Bool { self == .get || self == .head || self == .options }
}
