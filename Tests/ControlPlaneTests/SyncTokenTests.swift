import ControlPlane
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

@Suite("read-your-writes at control") struct SyncTokenTests {
  private static func token(of region: FakeRegion, _ transaction: UInt64, epoch: Int32 = 1) throws -> String {
    try SyncToken(
      SyncPosition(stream: region.silo, epoch: epoch, transaction: transaction), signedBy: region.stream
    ).text
  }

  private static func organizations(_ control: ControlFixture, _ ada: String, _ tokens: String...) async throws
    -> Answer
  {
    try await control.send(
      .get, "/api/v1/organizations", token: ada, headers: [("Atoll-Sync-Token", tokens.joined(separator: ", "))])
  }

  @Test(
    "a write is answered with control's token, whose transaction its log will tell of; a read is answered with none")
  func writes() async throws {
    try await withControl(asService: true) { control in
      let region = try await FakeRegion.joined(control, "eu")
      let ada = try await control.person("ada@example.com")
      let made = try await control.post("/api/v1/organizations", token: ada.token, ["slug": "acme", "region": "eu"])
      #expect(made.status == 202)
      let text = try #require(made.headers[.atollSyncToken])
      let token = try #require(SyncToken(text))
      #expect(token.position.stream == .control)
      #expect(try await token.isValid(by: region.manifest().keys))
      #expect(try await control.get("/api/v1/organizations", token: ada.token).headers[.atollSyncToken] == nil)
      // What it names is the transaction of the write: a snapshot from before it does not see it.
      try await control.sequence()
      let seen = try await control.query("SELECT done::text FROM outbox.sequencer").only().decode(String.self)
      #expect(try #require(TransactionSnapshot(seen)).sees(token.position.transaction))
      // At control itself it is there already.
      #expect(try await Self.organizations(control, ada.token, token.text).status == 200)
    }
  }

  @Test(
    "a region's token waits until control has applied what the region wrote, and no longer than the caller is patient")
  func waits() async throws {
    var limits = ControlLimits()
    limits.syncTokens.patience = .milliseconds(300)
    try await withControl(limits: limits, asService: true) { control in
      let region = try await FakeRegion.joined(control, "eu")
      let ada = try await control.person("ada@example.com")
      let token = try Self.token(of: region, 50)
      for complete in ["", "10:60:50", "10:50:"] {
        if let snapshot = TransactionSnapshot(complete) { _ = try await region.push([], complete: snapshot) }
        let refused = try await Self.organizations(control, ada.token, token)
        #expect(refused.status == 503, "\(complete)")
        #expect(refused.problem == "not-yet-applied")
        #expect(refused.headers[.retryAfter] == "1")
      }
      _ = try await region.push([], complete: try #require(TransactionSnapshot("51:51:")))
      #expect(try await Self.organizations(control, ada.token, token).status == 200)
      #expect(try await Self.organizations(control, ada.token, try Self.token(of: region, 51)).status == 503)
      // The life of the log that the token names has not begun here.
      #expect(try await Self.organizations(control, ada.token, try Self.token(of: region, 1, epoch: 2)).status == 503)
    }
  }

  @Test("a request that waits goes on as soon as the region's push has been applied") func wakes() async throws {
    var limits = ControlLimits()
    limits.syncTokens.patience = .seconds(120)
    try await withControl(limits: limits) { control in
      let region = try await FakeRegion.joined(control, "eu")
      let ada = try await control.person("ada@example.com")
      let token = try Self.token(of: region, 50)
      async let answer = Self.organizations(control, ada.token, token)
      _ = try await region.push([], complete: try #require(TransactionSnapshot("51:51:")))
      #expect(try await answer.status == 200)
    }
  }

  @Test("nobody but the issuer makes its tokens, and a revoked region's are refused") func forged() async throws {
    try await withControl(asService: true) { control in
      let region = try await FakeRegion.joined(control, "eu")
      let other = try await FakeRegion.joined(control, "us")
      let ada = try await control.person("ada@example.com")
      func forge(_ stream: SiloNumber, _ key: SigningKey) throws -> String {
        try SyncToken(SyncPosition(stream: stream, epoch: 1, transaction: 1), signedBy: key).text
      }
      let strange = try #require(SiloNumber(4000))
      for token in try [
        forge(.control, region.stream), forge(other.silo, region.stream), forge(region.silo, region.agent),
        forge(strange, region.stream),
      ] {
        let refused = try await Self.organizations(control, ada.token, token)
        #expect(refused.status == 400)
        #expect(refused.problem == "sync-token-invalid")
      }
      let own = try Self.token(of: region, 1)
      let revoked = try await control.post("/api/v1/operator/regions/eu/revoke", token: control.operatorToken, [:])
      #expect(revoked.status == 200)
      #expect(try await Self.organizations(control, ada.token, own).status == 400)
    }
  }

  @Test("a database that is another one than its log knows gives out no tokens") func foreign() async throws {
    try await withControl { control in
      try await control.sequence()
      let ada = try await control.person("ada@example.com")
      let rename = { try await control.send(.patch, "/api/v1/me", token: ada.token, json: ["name": "Ada L."]) }
      #expect(try await rename().headers[.atollSyncToken] != nil)
      _ = try await control.query("UPDATE outbox.epoch SET timeline = 'FFFFFFFF'")
      let renamed = try await rename()
      #expect(renamed.status < 300)
      #expect(renamed.headers[.atollSyncToken] == nil)
    }
  }
}
