import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import SyncProtocol
import Testing

@testable import Web

@Suite("problem documents") struct ProblemTests {
  private struct Unexpected: Error, CustomStringConvertible {
    var description: String { "secret detail" }
  }

  private func response(
    _ path: String, method: HTTPRequest.Method = .post, headers: HTTPFields = [.contentType: "application/json"],
    body: String = ""
  ) async throws -> (status: Int, type: String?, body: String, headers: HTTPFields) {
    let router = Router.withProblems()
    router.post("/json") { request, _ in
      let body = try await request.json(limit: 100)
      return Response(json: ["name": .string(try body.field("name").string(bytes: 1...5))])
    }
    router.get("/break") { _, _ -> Response in throw Unexpected() }
    router.get("/busy") { _, _ -> Response in throw Problem.unavailable("soon", retryAfter: 7) }
    router.get("/other") { _, _ -> Response in throw Problem.wrongSilo(served: "region eu", wanted: "control") }
    router.get("/me") { request, _ -> Response in
      guard let token = request.bearerToken else { throw Problem.unauthenticated }
      return Response(json: .string(token))
    }
    return try await Application(router: router).test(.router) { client in
      let answer = try await client.execute(
        uri: path, method: method, headers: headers, body: ByteBuffer(string: body))
      return (
        answer.status.code, answer.headers[.contentType], String(buffer: answer.body), answer.headers
      )
    }
  }

  @Test("a good body is read") func good() async throws {
    let answer = try await response("/json", body: #"{"name":"eu"}"#)
    #expect(answer.status == 200)
    #expect(answer.body == #"{"name":"eu"}"#)
    #expect(answer.headers[.cacheControl] == "no-store")
  }

  @Test(
    "malformed bodies are 4xx with the place of the offence",
    arguments: [
      ("{", 400, "unexpected_end at byte 1"), (#"{"name":1}"#, 400, "name: expected a string"),
      (#"{"name":"toolong"}"#, 400, "1 to 5 bytes"), (#"{"name":"a","name":"b"}"#, 400, "duplicate_key"),
      (#"{"name":"\u0000"}"#, 400, "nul at byte 9"), ("\u{FEFF}{}", 400, "byte_order_mark"),
      ("", 400, "unexpected_end"),
      (String(repeating: "[", count: 50), 400, "too_deep"), (String(repeating: " ", count: 101), 413, "body-too-large"),
    ])
  func malformed(body: String, status: Int, part: String) async throws {
    let answer = try await response("/json", body: body)
    #expect(answer.status == status)
    #expect(answer.type == "application/problem+json")
    #expect(answer.body.contains(part), "\(answer.body)")
    #expect(answer.body.contains("urn:atoll:problem:"))
  }

  @Test("other content types are refused", arguments: [nil, "text/plain", "application/json; charset=latin1"])
  func mediaTypes(type: String?) async throws {
    var headers = HTTPFields()
    headers[.contentType] = type
    #expect(try await response("/json", headers: headers, body: "{}").status == 415)
    #expect(
      try await response("/json", headers: [.contentType: "application/json; charset=UTF-8"], body: #"{"name":"a"}"#)
        .status == 200)
  }

  @Test("errors that nobody foresaw say nothing of themselves") func unexpected() async throws {
    let answer = try await response("/break", method: .get)
    #expect(answer.status == 500)
    #expect(!answer.body.contains("secret"))
    #expect(answer.headers[.requestID]?.isEmpty == false)
  }

  @Test("paths that are not there, of the other silo, or busy have documents of their own") func statuses() async throws
  {
    #expect(try await response("/nowhere", method: .get).body.contains("no-such-route"))
    let other = try await response("/other", method: .get)
    #expect(other.status == 404)
    #expect(other.body.contains("wrong-silo") && other.body.contains("control"))
    let busy = try await response("/busy", method: .get)
    #expect(busy.status == 503)
    #expect(busy.headers[.retryAfter] == "7")
  }

  @Test(
    "bearer tokens are read in one form",
    arguments: [
      ("Bearer abc", "\"abc\""), ("bearer abc", "\"abc\""), ("Basic abc", nil), ("Bearer", nil), ("Bearer a b", nil),
      ("Bearer  abc", nil), ("Bearer é", nil), ("", nil),
    ] as [(String, String?)])
  func bearer(value: String, token: String?) async throws {
    let answer = try await response("/me", method: .get, headers: [.authorization: value])
    #expect(answer.status == (token == nil ? 401 : 200))
    if let token { #expect(answer.body == token) }
  }
}
