import HTTPTypes
import Hummingbird
import Logging
import SyncProtocol
import Testing

@testable import Web

@Suite("signed routes over a socket") struct SyncRouteTests {
  private let hello = "/sync/v1/hello"

  private func signed(
    _ harness: SyncHarness, path: String = "/sync/v1/hello", body: String = "{}",
    contentType: String = "application/json"
  ) throws -> SignedRequest {
    try SignedRequest(
      path: path, contentType: contentType, audience: "control", body: Array(body.utf8), key: harness.agent,
      created: SyncHarness.now, nonce: .random())
  }

  @Test("a signed call is answered, and its answer verified") func answered() async throws {
    try await SyncHarness.with { harness in
      try await harness.expect("ok", hello, harness.client())
      #expect(harness.calls.count == 1)
    }
  }

  @Test("refusals come signed, and an error of the handler says nothing of itself") func refusals() async throws {
    try await SyncHarness.with { harness in
      try await harness.expect("SESSION_FENCED", "/sync/v1/refuse", harness.client())
      try await harness.expect("RETRY_LATER", "/sync/v1/break", harness.client())
      let request = try signed(harness, path: "/sync/v1/break")
      let (status, body) = try await harness.send("/sync/v1/break", request.fields, body: request.body)
      #expect(status == 503)
      #expect(!body.contains("Unexpected"))
    }
  }

  @Test("unknown, revoked and misdirected callers are refused before a handler runs") func callers() async throws {
    try await SyncHarness.with { harness in
      let stranger = try SigningKey(purpose: .agent)
      try await harness.expect("SIGNATURE_REFUSED key_unknown", hello, harness.client(key: stranger))
      let revoked = try SigningKey(seed: [UInt8](repeating: 9, count: 32), purpose: .agent)
      try await harness.expect("REVOKED", hello, harness.client(key: revoked))
      let other = try #require(SiloNumber(7))
      try await harness.expect("SIGNATURE_REFUSED audience_mismatch", hello, harness.client(audience: other))
      try await harness.expect("SIGNATURE_REFUSED expired", hello, harness.client(at: SyncHarness.now - 1000))
      try await harness.expect("SIGNATURE_REFUSED clock_skew", hello, harness.client(at: SyncHarness.now + 1000))
      #expect(harness.calls.count == 0)
    }
  }

  @Test("a replayed request, an altered body and a message without a signature are refused") func forgeries()
    async throws
  {
    try await SyncHarness.with { harness in
      let request = SyncRequest(receiver: .control, claims: [], nacks: [], holdLimit: 0)
      let body = String(decoding: PushAnswer(request: SyncRequestDocument(request)).body, as: UTF8.self)
      let good = try signed(harness, body: body)
      let answer1 = try await harness.send(hello, good.fields, body: good.body)
      #expect(answer1.0 == 200)
      let replayed = try await harness.send(hello, good.fields, body: good.body)
      #expect(replayed.0 == 401)
      #expect(replayed.1.contains("nonce_replayed"))
      let other = try signed(harness, body: body)
      let altered = try await harness.send(hello, other.fields, body: other.body + [0x20])
      #expect(altered.0 == 401)
      #expect(altered.1.contains("digest_mismatch"))
      let bare = try await harness.send(hello, MessageFields([("content-type", "application/json")]), body: [])
      #expect(bare.0 == 401)
      #expect(bare.1.contains("signature_missing"))
      #expect(harness.calls.count == 1)
    }
  }

  @Test("bodies over the route's limit are refused, announced or not") func limits() async throws {
    try await SyncHarness.with { harness in
      let large = try signed(harness, body: String(repeating: " ", count: 4097))
      let answer2 = try await harness.send(hello, large.fields, body: large.body)
      #expect(answer2.0 == 413)
      let half = try signed(harness, body: String(repeating: " ", count: 4000))
      let answer3 = try await harness.send(hello, half.fields, body: half.body, chunked: true)
      #expect(answer3.0 == 413)
      #expect(harness.calls.count == 0)
    }
  }

  @Test("a signed body that is not the message is refused with its place") func malformed() async throws {
    try await SyncHarness.with { harness in
      for (body, reason) in [
        ("{", "unexpected_end"), ("{}", "shape"), (#"{"request":1,"request":1}"#, "duplicate_key"),
      ] {
        let request = try signed(harness, body: body)
        let (status, text) = try await harness.send(hello, request.fields, body: request.body)
        #expect(status == 400)
        #expect(text.contains("BAD_MESSAGE") && text.contains(reason))
      }
      let request = try signed(harness, contentType: "text/plain")
      let answer4 = try await harness.send(hello, request.fields, body: request.body)
      #expect(answer4.0 == 400)
    }
  }

  @Test("what is not the peer's signed word is a transport failure") func transport() async throws {
    try await SyncHarness.with { harness in
      try await harness.expect("unsigned", "/sync/v1/unsigned", harness.client())
      try await harness.expect("unsigned", "/sync/v1/nowhere", harness.client())
      try await harness.expect("unverified", "/sync/v1/stranger", harness.client())
      let closed = harness.client(url: "http://127.0.0.1:1")
      try await harness.expect("connection", hello, closed)
      let long = String(repeating: "x", count: 100)
      try await harness.expect("malformed", hello, harness.client(), fault: long, limit: 50)
    }
  }

  @Test("a peer is called over TLS, or in the clear on the loopback only")
  func urls() async throws {
    for good in [
      "https://control.example.org", "https://control.example.org:8443/", "http://127.0.0.1:1", "http://localhost",
      "http://[::1]:80", "https://[2001:db8::1]:443",
    ] { #expect(PeerURL(good) != nil, "\(good)") }
    for bad in [
      "", "control", "http://control.example.org", "http://127.0.0.1.example.org", "https://", "https://a/b",
      "https://u@a",
      "https://a?b", "https://a#b", "ftp://a", "HTTPS://a", "https://a:0", "https://a:65536", "https://a:+1",
      "https://a:",
      "https://a b", "http://127.0.0.1@example.org", "https://[::1", "https:/a",
    ] { #expect(PeerURL(bad) == nil, "\(bad)") }
    try await SyncHarness.with { harness in
      try await harness.expect("url", hello, harness.client(url: "http://control.example.org"))
    }
  }

  @Test("joining proves both keys") func join() async throws {
    try await SyncHarness.with { harness in
      let path = SyncPath.join
      func join(_ request: JoinRequest, by key: SigningKey) async throws -> String {
        do {
          let answer = try await harness.client(key: key).call(path, request, timeout: .seconds(10))
          return try answer.document(JoinAnswer.self).region
        } catch let problem as SyncProblem {
          return [problem.code.rawValue, problem.reason].compactMap(\.self).joined(separator: " ")
        }
      }
      func expect(_ expected: String, _ request: JoinRequest, by key: SigningKey) async throws {
        let outcome = try await join(request, by: key)
        #expect(outcome == expected)
      }
      let agent = try SigningKey(purpose: .agent)
      var request = try JoinRequest(
        token: "atlj_a", agentKey: agent.verificationKey, streamKey: harness.stream, software: "atoll/0",
        development: false)
      try await expect("atlj_a", request, by: agent)
      try await expect("SIGNATURE_REFUSED key_unknown", request, by: harness.agent)
      request.token = "atlj_b"
      try await expect("KEY_REFUSED", request, by: agent)
      #expect(harness.calls.count == 1)
    }
  }
}
