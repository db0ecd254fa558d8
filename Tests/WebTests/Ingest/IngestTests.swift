import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import Web

@Suite("Data sent with a project key")
struct IngestTests {
  private static let key = "0123456789abcdef0123456789abcdef"
  private static let other = "ffffffffffffffffffffffffffffffff"

  private func request(
    _ path: String = "/api/42/envelope/", headers: HTTPFields = [:],
    body: RequestBody = RequestBody(buffer: ByteBuffer())
  ) -> Request {
    Request(
      head: HTTPRequest(method: .post, scheme: "https", authority: "eu.example.com", path: path, headerFields: headers),
      body: body)
  }

  private func problem(_ body: () throws -> String?) -> String? {
    do {
      return try body() ?? "none"
    } catch let problem as Problem {
      return problem.code
    } catch {
      return "\(error)"
    }
  }

  @Test("has a path with the project's number, which zero, escapes and other digits are not")
  func paths() {
    #expect(IngestPath("/api/42/envelope/")?.project == 42)
    #expect(IngestPath("/api/42/envelope")?.project == 42)
    #expect(IngestPath("/api/9007199254740991/store/")?.project == 9_007_199_254_740_991)
    #expect(IngestPath("/api/42/unreal/\(Self.key)/")?.project == 42)
    for path in [
      "/api/0/organizations/acme/", "/api/042/store/", "/api/9007199254740992/store/", "/api/42/", "/api/42",
      "/api/4a/store/", "/api/-4/store/", "/api/+4/store/", "/api/٤٢/store/", "/API/42/store/", "api/42/store/",
      "//api/42/store/", "/api//42/store/", "/api/%34/store/", "/x/api/42/store/", "/api/99999999999999999999/store/",
    ] {
      #expect(IngestPath(path) == nil, "\(path)")
    }
  }

  @Test("names its key in the query, in the SDKs' header or in Authorization")
  func places() throws {
    let header = try #require(HTTPField.Name("X-Sentry-Auth"))
    let key = Self.key
    #expect(try IngestKey.find(request()) == nil)
    #expect(try IngestKey.find(request("/api/42/store/?sentry_version=7&sentry_key=\(key)")) == key)
    for name in [header, .authorization] {
      for value in [
        "Sentry sentry_version=7, sentry_key=\(key), sentry_client=x/1", "sentry sentry_key=\(key)",
        "Sentry  sentry_key=\(key),sentry_secret=\(Self.other)",
      ] {
        #expect(try IngestKey.find(request(headers: [name: value])) == key, "\(value)")
      }
    }
    #expect(
      try IngestKey.find(request("/api/1/store/?sentry_key=\(key)", headers: [header: "Sentry sentry_key=\(key)"]))
        == key)
    #expect(try IngestKey.find(request(headers: [.authorization: "Bearer sentry_key=\(key)"])) == nil)
  }

  @Test("is refused when two places name two keys, or one names none")
  func refusals() throws {
    let header = try #require(HTTPField.Name("X-Sentry-Auth"))
    let two = request("/api/1/store/?sentry_key=\(Self.key)", headers: [header: "Sentry sentry_key=\(Self.other)"])
    #expect(problem { try IngestKey.find(two) } == "keys-differ")
    for query in ["sentry%5Fkey", "sentry%5fke%79", "SENTRY_KEY", "a;sentry_key", "x=sentry_key"] {
      let hidden = request(
        "/api/1/store/?\(query)=\(Self.other)", headers: [header: "Sentry sentry_key=\(Self.key)"])
      #expect(problem { try IngestKey.find(hidden) } == "bad-key", "\(query)")
    }
    let twice = request("/api/1/store/?sentry_key=\(Self.key)&sentry_key=\(Self.other)")
    #expect(problem { try IngestKey.find(twice) } == "keys-differ")
    for key in [
      "", "x", Self.key.uppercased(), Self.key + "0", "%30" + Self.key.dropFirst(), Self.key.dropLast() + "g",
    ] {
      #expect(problem { try IngestKey.find(request("/api/1/store/?sentry_key=\(key)")) } == "bad-key", "\(key)")
    }
  }

  @Test("names its key in the first line of an envelope")
  func envelopes() throws {
    func find(_ line: String) -> String? { problem { try IngestKey.find(inEnvelope: Array(line.utf8)) } }
    #expect(find(#"{"event_id":"1","dsn":"https://\#(Self.key)@o1.example.com/42"}"#) == Self.key)
    #expect(find(#"{"dsn":"https://\#(Self.key):\#(Self.other)@example.com:8443/path/42"}"#) == Self.key)
    #expect(find(#"{"event_id":"1"}"#) == "none")
    #expect(find(#"{"dsn":7}"#) == "none")
    for line in ["", "x", "[]x", #"{"dsn":"a","dsn":"b"}"#, "{\"dsn\":\"a\u{0}\"}"] {
      #expect(find(line) == "bad-envelope", "\(line)")
    }
    for dsn in ["", "https://example.com/42", "\(Self.key)@example.com/1", "https://example.com/\(Self.key)@x"] {
      #expect(find(#"{"dsn":"\#(dsn)"}"#) == "bad-key", "\(dsn)")
    }
  }

  @Test("stays whole when its first line was looked at", arguments: [1, 3, 7, 1000])
  func peeking(size: Int) async throws {
    let text = "{\"a\":1}\n{\"type\":\"event\"}\n\u{0}\u{1}rest\n"
    let bytes = Array(text.utf8)
    let parts = stride(from: 0, to: bytes.count, by: size).map {
      ByteBuffer(bytes: bytes[$0..<min($0 + size, bytes.count)])
    }
    let peeked = try await PeekedBody(RequestBody(asyncSequence: Parts(parts: parts)), limit: 64)
    #expect(peeked.isWhole)
    #expect(String(decoding: peeked.line, as: UTF8.self) == "{\"a\":1}")
    var read: [UInt8] = []
    for try await part in peeked.body { read += part.readableBytesView }
    #expect(read == bytes)
  }

  @Test("is looked at no further than the limit")
  func endless() async throws {
    let parts = (0..<100).map { _ in ByteBuffer(repeating: UInt8(ascii: "x"), count: 10) }
    let peeked = try await PeekedBody(RequestBody(asyncSequence: Parts(parts: parts)), limit: 64)
    #expect(!peeked.isWhole)
    #expect(peeked.line.count == 64)
    var count = 0
    for try await part in peeked.body { count += part.readableBytes }
    #expect(count == 1000)
    let short = try await PeekedBody(RequestBody(asyncSequence: Parts(parts: [ByteBuffer(string: "{}")])), limit: 64)
    #expect(short.isWhole)
    let long = try await PeekedBody(
      RequestBody(asyncSequence: Parts(parts: [ByteBuffer(string: String(repeating: "x", count: 65) + "\n")])),
      limit: 64)
    #expect(!long.isWhole)
  }

  private struct Parts: AsyncSequence, Sendable {
    let parts: [ByteBuffer]

    struct Iterator: AsyncIteratorProtocol {
      var parts: ArraySlice<ByteBuffer>
      mutating func next() async throws -> ByteBuffer? { parts.popFirst() }
    }

    func makeAsyncIterator() -> Iterator { Iterator(parts: parts[...]) }
  }
}
