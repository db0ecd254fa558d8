internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1

/// The body of a request on its way: how it is framed, and its bytes.
///
/// The framing is decided here from what was parsed, never copied: two servers that read one message differently are how requests are smuggled.
struct RequestUpload: Sendable {
  /// The body's length, when the caller said it.
  private let length: Int?
  /// Nothing follows the head.
  let isEmpty: Bool
  private let body: RequestBody
  private let limit: Int?

  /// - Parameter isMultiplexed: HTTP/2, where a body needs neither a length nor an encoding.
  /// - Throws: ``ForwardFailure`` for two framings, an unknown one, or a length over the limit.
  init(_ request: Request, isMultiplexed: Bool, limit: Int?) throws {
    let encodings = request.headers[values: .transferEncoding]
    let lengths = request.headers[values: .contentLength]
    guard encodings.isEmpty || (lengths.isEmpty && encodings.count == 1 && encodings[0].lowercased() == "chunked")
    else {
      throw ForwardFailure(.badRequest, "The framing of the body is not clear.")
    }
    if let text = lengths.first {
      guard lengths.count == 1, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text) else {
        throw ForwardFailure(.badRequest, "The length of the body is not clear.")
      }
      guard length <= limit ?? .max else { throw ForwardFailure(.tooLarge, "the body is too large") }
      self.length = length
      isEmpty = length == 0
    } else {
      length = nil
      isEmpty = encodings.isEmpty && !(isMultiplexed && Self.carriesBody(request.method))
    }
    body = request.body
    self.limit = limit
  }

  /// A body of other methods says its length, or it is not passed on.
  private static func carriesBody(_ method: HTTPRequest.Method) -> Bool {
    ![.get, .head, .options, .delete].contains(method)
  }

  /// Adds what frames the body.
  func frame(_ head: inout HTTPRequestHead) {
    if let length {
      if length > 0 || head.method.saysLength { head.headers.add(name: "content-length", value: String(length)) }
    } else if !isEmpty {
      head.headers.add(name: "transfer-encoding", value: "chunked")
    } else if head.method.saysLength {
      head.headers.add(name: "content-length", value: "0")
    }
  }

  /// Sends every byte and the end, at the pace of whoever is slower.
  func send(to connection: UpstreamConnection) async throws {
    var sent = 0
    for try await bytes in body {
      sent += bytes.readableBytes
      guard sent <= length ?? limit ?? .max else {
        throw ForwardFailure(length == nil ? .tooLarge : .badRequest, isSent: true, "The body is too long.")
      }
      try await connection.write(bytes)
    }
    guard length == nil || sent == length else {
      throw ForwardFailure(.badRequest, isSent: true, "The body is shorter than its length.")
    }
    connection.end()
  }
}

extension HTTPMethod {
  /// Whether a request without a body says so by a length of 0 (RFC 9110 §8.6).
  fileprivate var saysLength: Bool { self == .POST || self == .PUT || self == .PATCH }
}
