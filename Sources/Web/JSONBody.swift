package import HTTPTypes
package import Hummingbird
internal import NIOCore
package import SyncProtocol

extension Request {
  /// Reads the whole body as strict JSON.
  ///
  /// - Parameter limit: the most bytes that are read.
  /// - Throws: ``Problem/tooLarge``, ``Problem/unsupportedMediaType``, or ``Problem/badBody(_:)`` naming the first offence.
  package func json(limit: Int = 64 * 1024) async throws -> JSONReader {
    guard headers[.contentType].map(Self.isJSON) ?? false else { throw Problem.unsupportedMediaType }
    if let length = headers[.contentLength].flatMap(Int.init), length > limit { throw Problem.tooLarge }
    let bytes = try await bytes(limit: limit)
    do {
      return JSONReader(try JSONParser.parse(bytes, limits: JSONLimits(maximumBytes: limit)))
    } catch {
      throw Problem.badBody(error)
    }
  }

  /// Reads the whole body, at most `limit` bytes.
  package func bytes(limit: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await part in body {
      guard bytes.count + part.readableBytes <= limit else { throw Problem.tooLarge }
      bytes.append(contentsOf: part.readableBytesView)
    }
    return bytes
  }

  /// The token of `Authorization: Bearer …`: the scheme in any case, one token of at most 4096 bytes of RFC 6750's characters.
  package var bearerToken: String? {
    guard let value = headers[.authorization] else { return nil }
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer", (1...4096).contains(parts[1].utf8.count),
      parts[1].utf8.allSatisfy(Self.isTokenByte)
    else { return nil }
    return String(parts[1])
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"),
      UInt8(ascii: "/"), UInt8(ascii: "="):
      true
    default: false
    }
  }

  /// Only the bare type or UTF-8 by name: another charset would be another text.
  private static func isJSON(_ contentType: String) -> Bool {
    let parts = contentType.lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\"" } }
    return parts.first == "application/json" && parts.dropFirst().allSatisfy { $0 == "charset=utf-8" }
  }
}

extension Response {
  /// An answer whose body is `json`.
  package init(
    json: JSONValue, status: HTTPResponse.Status = .ok, contentType: String = "application/json",
    headers: HTTPFields = [:]
  ) {
    let bytes = JSONWriter.write(json)
    var headers = headers
    headers[.contentType] = contentType
    self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
