import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

@Suite("A region lets a gateway's requests in")
struct GatewayEntranceTests {
  private typealias Routing = WayInFixture.Routing
  private static let refused = HTTPField.Name("Atoll-Forward-Refused")
  private static let home = HTTPField.Name("Atoll-Home")

  @Test("signed by the forward key, for the organization that is here, in both ways to name it and by its old slug")
  func good() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let token = try way.region.token(owner, id)
      for path in ["/api/0/organizations/acme/", "/api/0/organizations/\(id)/", "/api/0/organizations/old-name/"] {
        let answer = try await way.routed(.get, path, Routing(organization: id), token: token)
        #expect(answer.status == 200, "\(path)")
        #expect(answer["slug"] == "acme")
      }
      let made = try await way.routed(
        .post, "/api/0/organizations/acme/teams?x=1", Routing(organization: id), token: token, body: ["slug": "core"])
      #expect(made.status == 201)
      // One that names no organization is the default region's: the path decides.
      #expect(try await way.routed(.get, "/api/0/organizations/acme/", Routing(), token: token).status == 200)
      #expect(try await way.routed(.get, "/api/0/organizations/old/", Routing(), token: token).status == 404)
      // Routing says nothing about a person.
      #expect(try await way.routed(.get, "/api/0/organizations/acme/", Routing(organization: id)).status == 401)
      #expect(try await way.direct(.get, "/api/0/organizations/acme/", token: token).status == 200)
    }
  }

  @Test("and no others: wrong key, purpose, region, time, path, method, and no nonce twice, each with its word")
  func refusals() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let token = try way.region.token(owner, id)
      let path = "/api/0/organizations/acme/teams"
      let stream = try SigningKey(purpose: .stream)
      let retired = try SigningKey(purpose: .forward)
      let next = try SigningKey(purpose: .forward)
      way.keys.add(stream, as: .stream)
      way.keys.add(retired, .revoked)
      way.keys.add(next, .next)
      let used = Nonce.random()
      let now = WallClock.system.seconds()
      #expect(try await way.routed(.get, path, Routing(organization: id, nonce: used), token: token).status == 200)
      let cases: [(Routing, String)] = [
        (Routing(organization: id, key: try SigningKey(purpose: .forward)), "key_unknown"),
        (Routing(organization: id, key: stream), "key_purpose"),
        (Routing(organization: id, key: retired), "key_unknown"),
        (Routing(organization: id, key: next), "key_unknown"),
        (Routing(organization: id, audience: "region:8"), "audience_mismatch"),
        (Routing(organization: id, created: now - 600), "expired"),
        (Routing(organization: id, created: now + 600), "clock_skew"),
        (Routing(organization: id, method: "POST"), "signature_invalid"),
        (Routing(organization: id, path: path + "?a"), "signature_invalid"),
        (Routing(organization: id, nonce: used), "nonce_replayed"),
      ]
      let name = try #require(Self.refused)
      for (routing, code) in cases {
        let answer = try await way.routed(.get, path, routing, token: token)
        #expect(answer.status == 421, "\(code)")
        #expect(answer.problem == "forward-refused")
        #expect(answer.headers[name] == code)
      }
      // A signature moved to a request that changes something does nothing.
      let before = try await way.region.count("region.team")
      let moved = try await way.routed(
        .post, path, Routing(organization: id, method: "GET"), token: token, body: ["slug": "core"])
      #expect(moved.status == 421)
      #expect(try await way.region.count("region.team") == before)
      let bare = try #require(HTTPField.Name("Atoll-Forward"))
      let forged = try await way.direct(
        .get, path, token: token, headers: [bare: #"client="203.0.113.9", request="r""#])
      #expect(forged.headers[name] == "signature_missing")
    }
  }

  @Test("only for a home that both know: older routing hears where it is, newer waits, unknown is sent back")
  func homes() async throws {
    try await WayInFixture.with { way in
      let (id, owner, grant) = try await way.region.organization()
      let token = try way.region.token(owner, id)
      let path = "/api/0/organizations/acme/"
      let home = try #require(Self.home)
      try await way.region.receiveHome(id, creator: grant, generation: 3, state: "active")
      let arriving = try await way.routed(.get, path, Routing(organization: id, generation: 3), token: token)
      #expect(arriving.status == 503, "the region has not taken over its own new generation")
      #expect(try await way.region.provisioner.drain() == 0)
      let now = try await way.routed(.get, path, Routing(organization: id, generation: 3), token: token)
      #expect(now.status == 200)
      let stale = try await way.routed(.get, path, Routing(organization: id, generation: 2), token: token)
      #expect(stale.status == 421)
      #expect(stale.problem == "stale-home")
      #expect(stale.headers[home] == #"region="eu", generation=3"#)
      let early = try await way.routed(.get, path, Routing(organization: id, generation: 4), token: token)
      #expect(early.status == 503)
      #expect(early.headers[.retryAfter] == "1")
      let stranger = try await way.routed(.get, path, Routing(organization: .new()), token: token)
      #expect(stranger.status == 421)
      #expect(stranger.headers[home] == "?0")
      #expect(try await way.routed(.delete, path, Routing(organization: id, generation: 3), token: token).status == 204)
      let ended = try await way.routed(.get, path, Routing(organization: id, generation: 3), token: token)
      #expect(ended.status == 421)
      #expect(ended.problem == "stale-home")
    }
  }

  @Test("and a home that changes after the request was let in is seen inside the transaction: nothing is done")
  func midRequest() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let token = try way.region.token(owner, id)
      // What the entrance let in a moment ago, at the generation of that moment.
      let let_in = RoutedRequest(organization: id, generation: 1, client: "203.0.113.9", request: "r-1")
      try await way.region.client.execute("UPDATE region.organization SET generation = 2 WHERE id = \(id.uuid)")
      try await RoutedRequest.$current.withValue(let_in) {
        let change = try await way.direct(
          .post, "/api/0/organizations/acme/teams", token: token, body: ["slug": "core"])
        #expect(change.status == 421)
        #expect(change.headers[try #require(Self.home)] == #"region="eu", generation=2"#)
        #expect(try await way.direct(.get, "/api/0/organizations/acme/", token: token).status == 421)
        #expect(try await way.direct(.get, "/t/acme/page", token: token).status == 421)
      }
      #expect(try await way.region.count("region.team") == 0)
      #expect(way.application.count == 0)
    }
  }

  @Test("without cookies, and never to the region's own pages and machines")
  func ownPaths() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let session = try await way.region.session(of: owner)
      let headers: HTTPFields = [.cookie: "\(way.login.site.sessionCookie)=\(session)"]
      let path = "/api/0/organizations/acme/"
      #expect(try await way.direct(.get, path, headers: headers).status == 200)
      #expect(try await way.routed(.get, path, Routing(organization: id), headers: headers).status == 401)
      for own in ["/auth/keys", "/auth/login", "/health", "/api/v1/status", "/sync/v1/pull", "/", "/.well-known/x"] {
        let answer = try await way.routed(.get, own, Routing(organization: id))
        #expect(answer.problem == "no-such-route", "\(own)")
      }
      #expect(way.application.count == 0)
    }
  }
}
