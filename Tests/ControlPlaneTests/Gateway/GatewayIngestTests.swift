import FoundationEssentials
import HTTPTypes
import Silo
import SyncProtocol
import Testing
import Web

@testable import ControlPlane

@Suite("data by project key through the gateway") struct GatewayIngestTests {
  private static let key = GatewayFixture.publicKey

  @Test(
    "a key in the query, a header or the envelope finds the region; the number in the path does not",
    .timeLimit(.minutes(20)))
  func keys() async throws {
    try await GatewayFixture.with { fixture in
      let envelope = "{\"dsn\":\"https://\(Self.key)@o1.ingest.example/42\"}\n{\"type\":\"event\"}\n{}\n"
      let id = try #require(GatewayFixture.organization).description
      let cases: [(String, [(String, String)], String)] = [
        ("/api/42/store/?sentry_key=\(Self.key)", [], "{}"),
        ("/api/42/envelope/", [("X-Sentry-Auth", "Sentry sentry_version=7, sentry_key=\(Self.key)")], "{}\n"),
        ("/api/42/envelope/", [], envelope),
        ("/api/42/envelope/", [], envelope + String(repeating: "x", count: 40_000)),
      ]
      for (path, headers, body) in cases {
        #expect(try await fixture.send(.post, path, headers: headers, body: body).status == 200)
        let received = try #require(fixture.region.received.last)
        #expect(received.body == body)
        #expect(received.line == "POST \(path) HTTP/1.1")
        #expect(try fixture.routing(received).organization == id)
      }
    }
  }

  @Test("an unknown key, no key and a key that is off are told apart", .timeLimit(.minutes(20))) func wrong()
    async throws
  {
    try await GatewayFixture.with { fixture in
      let unknown = String(repeating: "f", count: 32)
      #expect(try await fixture.send(.post, "/api/42/store/?sentry_key=\(unknown)", body: "{}").status == 404)
      #expect(try await fixture.send(.post, "/api/42/store/?sentry_key=nokey", body: "{}").status == 400)
      #expect(try await fixture.send(.post, "/api/42/envelope/", body: "{}\n").problem == "key-missing")
      #expect(try await fixture.send(.post, "/api/42/envelope/", body: "not json\n").problem == "bad-envelope")
      var changes = DirectoryChanges()
      let organization = try #require(GatewayFixture.organization)
      changes.keys = [.init(Self.key, organization: organization, project: UUID(), isActive: false)]
      fixture.map.apply(changes)
      let off = try await fixture.send(.post, "/api/42/store/?sentry_key=\(Self.key)", body: "{}")
      #expect(off.status == 403)
      #expect(off.problem == "project-key-inactive")
      #expect(fixture.region.received.isEmpty)
      fixture.change(isDefault: true)
      #expect(try await fixture.send(.post, "/api/42/store/?sentry_key=\(unknown)", body: "{}").status == 200)
      #expect(try fixture.routing(fixture.region.received.last).organization == nil)
    }
  }

  @Test("a session sent along with data is refused, not passed on", .timeLimit(.minutes(20))) func session()
    async throws
  {
    try await GatewayFixture.with { fixture in
      let session = TokenFormat.session.mint()
      let answer = try await fixture.send(
        .post, "/api/42/store/?sentry_key=\(Self.key)", headers: [("Authorization", "Bearer \(session)")], body: "{}")
      #expect(answer.status == 401)
      #expect(fixture.region.received.isEmpty)
    }
  }
}
