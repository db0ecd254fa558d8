import NIOHTTP1
import Postgres
import SyncProtocol
import TestSupport
import Testing

@testable import atoll

@Suite("An organization whose home moves while its requests are under way, between real regions", .serialized)
struct HomeMoveTests {
  @Test("does each of them once and where it lives then, or refuses it clearly with nothing done")
  func whole() async throws {
    try await Islands.run(regions: ["eu", "us"]) { islands in
      let person = try await Person.signUp(islands)
      try await Self.held(islands, person)
      try await Self.upload(islands, person)
    }
  }

  /// An organization in eu that the gateway routes there.
  private static func move(_ islands: Islands, _ person: Person) async throws -> HomeMove {
    let organization = try await person.createOrganization(region: "eu")
    _ = try await person.enter(organization)
    let move = HomeMove(islands: islands, person: person, organization: organization)
    try await eventually("the gateway knows \(organization.slug)") {
      try await person.session.send(.GET, path(move)).status == 200
    }
    return move
  }

  private static func path(_ move: HomeMove, _ rest: String = "") -> String {
    "/api/0/organizations/\(move.organization.slug)/\(rest)"
  }

  /// eu has the request and has not decided it when the home moves.
  private static func held(_ islands: Islands, _ person: Person) async throws {
    let move = try await move(islands, person)
    let eu = try islands.region("eu")
    let session = person.session
    let answer = try await withThrowingTaskGroup(of: JSONClient.Answer.self) {
      group -> JSONClient.Answer? in
      try await islands.withDatabase(of: eu) { client in
        try await client.withTransaction { connection in
          // Before anything is decided a region keeps the routing's nonce: without its table it waits.
          try await connection.execute("LOCK TABLE outbox.nonce IN ACCESS EXCLUSIVE MODE")
          group.addTask { try await session.send(.POST, path(move, "teams/"), ["slug": "held"]) }
          try await eventually("eu has the request") {
            try await islands.count(
              in: eu, "SELECT count(*) FROM pg_locks WHERE relation = 'outbox.nonce'::regclass AND NOT granted") > 0
          }
          try await move.leave()
          try await move.enter()
        }
      }
      return try await group.next()
    }
    #expect(answer?.status == 201, "\(String(describing: answer))")
    #expect(answer?.headers.first(name: "atoll-region-url") == islands.layout.url(of: try islands.region("us")))
    #expect(try await move.teams(in: "eu") == [])
    #expect(try await move.teams(in: "us") == ["held"])
    #expect(try await session.send(.POST, path(move, "teams/"), ["slug": "held"]).status == 409, "it was done")
  }

  /// eu reads the body of an upload when the home moves: it was let in, and nothing is done all the same.
  private static func upload(_ islands: Islands, _ person: Person) async throws {
    let move = try await move(islands, person)
    let eu = try islands.region("eu")
    let nonces: SQL = "SELECT count(*) FROM outbox.nonce"
    let body = "{" + String(repeating: " ", count: 24 * 1024) + "\"slug\":\"upload\"}"
    let before = try await islands.count(in: eu, nonces)
    let refused = try await RawConnection.with(port: port(islands)) { connection in
      try await connection.send(head(move, length: body.utf8.count))
      try await connection.send(String(body.prefix(body.utf8.count - 12)))
      try await eventually("eu has let the request in") { try await islands.count(in: eu, nonces) > before }
      try await move.leave()
      try await Self.between(move)
      try await move.enter()
      try await connection.send(String(body.suffix(12)))
      return await connection.response()
    }
    #expect(refused?.status == 503, "\(String(describing: refused))")
    #expect(refused?["retry-after"] == "1")
    #expect(refused?.body.contains("stale-home") ?? false)
    for region in ["eu", "us"] { #expect(try await move.teams(in: region) == [], "nothing was done") }
    try await eventually("the upload is taken where the organization lives now") {
      let again = try await RawConnection.with(port: port(islands)) { connection in
        try await connection.send(head(move, length: body.utf8.count) + body)
        return await connection.response()
      }
      #expect(again?.status == 201 || again?.body.contains("stale-home") ?? false, "\(String(describing: again))")
      return again?.status == 201
    }
    #expect(try await move.teams(in: "eu") == [])
    #expect(try await move.teams(in: "us") == ["upload"])
  }

  /// The old region has let go, the new one has not taken it yet: both say so, and the gateway asked twice.
  private static func between(_ move: HomeMove) async throws {
    let answer = try await move.person.session.send(.GET, path(move))
    #expect(answer.status == 503, "\(answer.body)")
    #expect(try answer.reader.field("type").string().hasSuffix("stale-home"))
    #expect(answer.headers.first(name: "retry-after") == "2")
  }

  private static func port(_ islands: Islands) -> Int {
    islands.layout.url(of: islands.control).split(separator: ":").last.flatMap { Int($0) } ?? 0
  }

  private static func head(_ move: HomeMove, length: Int) -> String {
    """
    POST \(path(move, "teams/")) HTTP/1.1\r
    Host: 127.0.0.1:\(port(move.islands))\r
    Authorization: Bearer \(move.person.session.token ?? "")\r
    Content-Type: application/json\r
    Content-Length: \(length)\r
    \r

    """
  }
}
