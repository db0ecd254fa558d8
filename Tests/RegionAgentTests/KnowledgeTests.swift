import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import Testing

@testable import RegionAgent

@Suite("What a process keeps of the rows that decisions rest on")
struct KnowledgeTests {
  @Test("a row read before a notice is not kept after it")
  func late() {
    var copy = KnowledgeCopy<Int, String>(capacity: 10, memory: 4)
    let ticket = copy.begin()
    copy.hear("u1")
    copy.keep("old", for: 1, of: ["u1", "o1"], read: ticket)
    #expect(copy[1] == nil)
    copy.keep("other", for: 2, of: ["u2"], read: ticket)
    #expect(copy[2] == "other")
    copy.hear("u2")
    #expect(copy[2] == nil)
  }

  @Test("a reading that outlasts what is remembered is not kept")
  func forgotten() {
    var copy = KnowledgeCopy<Int, String>(capacity: 10, memory: 4)
    let ticket = copy.begin()
    for subject in 0..<20 { copy.hear("x\(subject)") }
    copy.keep("old", for: 1, of: ["u1"], read: ticket)
    #expect(copy[1] == nil)
    let next = copy.begin()
    copy.hear("*")
    copy.keep("old", for: 1, of: ["u1"], read: next)
    #expect(copy[1] == nil)
  }

  @Test("is bounded, and one notice takes every row of its subject")
  func bounded() {
    var copy = KnowledgeCopy<Int, String>(capacity: 3, memory: 4)
    for key in 0..<10 {
      copy.keep("v", for: key, of: ["o1", "u\(key)"], read: copy.begin())
      #expect(copy.count <= 3)
    }
    copy.hear("o1")
    #expect(copy.count == 0)
  }

  @Test("hears of every person whom one statement touches, and of everybody when they are many")
  func bulk() async throws {
    try await RegionFixture.with { region in
      let organizations = [try await region.organization().id, try await region.organization(slug: "other").id]
      for count in [60, 150] {
        let users = (0..<count).map { _ in UserID.new() }
        try await region.client.execute(
          """
          INSERT INTO region.member (id, organization_id, user_id, role)
          SELECT gen_random_uuid(), o.id, u.id, 'member'
          FROM unnest(\(organizations.map(\.uuid))) AS o (id), unnest(\(users.map(\.uuid))) AS u (id)
          """)
        let heard = try await region.client.withConnection { listener in
          try await listener.listen("atoll_knowledge")
          try await region.client.execute("DELETE FROM region.member WHERE role = 'member'")
          var heard: Set<String> = []
          while let notice = try await listener.nextNotification(within: .seconds(1)) { heard.insert(notice.payload) }
          return heard
        }
        #expect(heard == (count > 100 ? ["*"] : Set(users.map { "u\($0)" })))
      }
    }
  }

  /// Runs `body` while changes are heard.
  private func listening(_ login: LoginFixture, _ body: @escaping () async throws -> Void) async throws {
    let listener = ChangeListener(
      knowledge: login.knowledge, database: login.region.database, logger: FakeControl.logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await listener.run() }
      try await body()
      group.cancelAll()
    }
  }

  @Test("answers from memory while it hears, and hears every change within the bound")
  func bound() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, grant) = try await login.region.organization()
      let control = try await login.region.receiveControlSession(user: owner)
      let session = try await login.region.session(of: owner, on: control)
      let token = try await login.region.receiveAPIToken(of: owner, organization)
      try await listening(login) {
        // Until the copy answers.
        let end = ContinuousClock.now + .seconds(10)
        while login.knowledge.counts.hits < 20, ContinuousClock.now < end {
          #expect(try await login.ask(cookie: session).status == 200)
        }
        #expect(login.knowledge.counts.hits >= 20)
        var worst = Duration.zero
        let changes: [(SQL, SQL, Int)] = [
          (
            "UPDATE replica.user_status SET status = 'suspended' WHERE id = \(owner.uuid)",
            "UPDATE replica.user_status SET status = 'active' WHERE id = \(owner.uuid)", 403
          ),
          (
            "UPDATE replica.user_status SET epoch = 1, status = 'suspended' WHERE id = \(owner.uuid)",
            "UPDATE replica.user_status SET status = 'active' WHERE id = \(owner.uuid)", 403
          ),
          (
            "UPDATE replica.control_session SET state = 'ended' WHERE id = \(control.uuid)",
            "UPDATE replica.control_session SET state = 'live' WHERE id = \(control.uuid)", 401
          ),
          (
            "UPDATE region.browser_session SET expires = now() - interval '1 day'",
            "UPDATE region.browser_session SET expires = now() + interval '1 day'", 401
          ),
          (
            "INSERT INTO region.staleness_policy (organization_id, degraded_seconds, closed_seconds, refused) VALUES (\(organization.uuid), NULL, 10, '{}')",
            "DELETE FROM region.staleness_policy", 200
          ),
          ("DELETE FROM region.member WHERE id = \(grant.uuid)", "SELECT 1", 403),
        ]
        for (change, back, expected) in changes {
          _ = try await login.ask(cookie: session)
          try await login.region.client.execute(change)
          let committed = ContinuousClock.now
          while try await login.ask(cookie: session).status != expected, ContinuousClock.now - committed < .seconds(2) {
          }
          worst = max(worst, .now - committed)
          #expect(try await login.ask(cookie: session).status == expected)
          try await login.region.client.execute(back)
        }
        _ = token
        #expect(worst < .milliseconds(500), "took \(worst)")
        print("worst time from a commit to its refusal: \(worst)")
      }
    }
  }

  @Test("hears of the end of a session that was not here when its access token was believed")
  func unseenSession() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      let session = SessionID.new()
      let token = try login.region.token(owner, organization, session: session)
      try await listening(login) {
        let end = ContinuousClock.now + .seconds(60)
        while login.knowledge.counts.hits < 30, ContinuousClock.now < end {
          #expect(try await login.ask(token: token).status == 200)
        }
        #expect(login.knowledge.counts.hits >= 30, "signature, end and facts come from memory")
        _ = try await login.region.receiveControlSession(session, user: owner, state: "ended")
        let committed = ContinuousClock.now
        while try await login.ask(token: token).status != 401, ContinuousClock.now - committed < .seconds(60) {}
        #expect(try await login.ask(token: token).status == 401)
      }
    }
  }

  @Test("uses nothing that is kept once it hears no more")
  func deaf() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let session = try await login.region.session(of: owner)
      try await listening(login) {
        let end = ContinuousClock.now + .seconds(10)
        while login.knowledge.counts.hits < 20, ContinuousClock.now < end { _ = try await login.ask(cookie: session) }
      }
      // The listener has gone; what it heard is good for 100 ms more.
      login.knowledge.lost()
      let hits = login.knowledge.counts.hits
      #expect(try await login.ask(cookie: session).status == 200)
      #expect(login.knowledge.counts.hits == hits)
      try await login.region.receiveStatus(of: owner, status: "suspended")
      #expect(try await login.ask(cookie: session).status == 403)
    }
  }
}
