import ControlPlane
import FoundationEssentials
import HTTPTypes
import Silo
import SyncProtocol
import Testing

@Suite struct RegionChangeTests {
  @Test("a region changes at run time: people see it, give it organizations and are led to it as operators say")
  func change() async throws {
    try await withControl(asService: true) { control in
      let world = try await World(control)
      func change(_ body: JSONValue) async throws -> Answer {
        try await control.send(.patch, "/api/v1/operator/regions/eu", token: control.operatorToken, json: body)
      }
      func seen() async throws -> Int {
        try await control.get("/api/v1/regions", token: world.ada.token).json.field("regions").array(maximum: 9).count
      }
      func create(_ slug: String) async throws -> Answer {
        try await control.post(
          "/api/v1/organizations", token: world.ada.token, ["slug": .string(slug), "region": "eu"])
      }
      let changed = try await change([
        "url": "https://eu-new.example.com/", "locality": "europe", "gateway": "redirect",
        "category": "single_tenant", "requires_approval": true,
      ])
      #expect(changed.status == 200)
      #expect(try changed.text("url") == "https://eu-new.example.com")
      #expect(try changed.text("gateway") == "redirect")
      _ = try await control.server.follower.pass()
      let entry = try #require(control.server.map.region(hostLabel: "europe"))
      #expect(entry.gateway == .redirect)
      #expect(entry.url == "https://eu-new.example.com")

      #expect(try await seen() == 1)
      #expect(try await change(["visible": false]).status == 200)
      #expect(try await seen() == 0)
      #expect(try await create("hidden").status == 202)
      #expect(try await change(["visible": true, "accepts_organizations": false]).status == 200)
      #expect(try await seen() == 0)
      #expect(try await create("closed").problem == "region-closed")
      #expect(try await change(["accepts_organizations": true]).status == 200)
      let locality = "/api/v1/operator/localities/europe"
      let hidden = try await control.send(
        .patch, locality, token: control.operatorToken, json: ["label": "Europe", "visible": false])
      #expect(try hidden.text("label") == "Europe")
      #expect(try await seen() == 0)

      for bad: JSONValue in [
        ["url": "http://eu.example.com"], ["gateway": "maybe"], ["protocol_min": 3, "protocol_max": 2],
        ["category": "x"], ["locality": "No"], ["name": "us"], ["protocol_min": 1001],
      ] {
        #expect([400, 422].contains(try await change(bad).status))
      }
      #expect(
        try await control.send(
          .patch, "/api/v1/operator/regions/nowhere", token: control.operatorToken, json: ["visible": true]
        ).problem == "region-unknown")
      #expect(
        try await control.send(
          .patch, "/api/v1/operator/localities/nowhere", token: control.operatorToken, json: ["visible": true]
        ).status == 404)
    }
  }

  @Test("a region on a customer's hardware is nobody's to choose until an operator opens it")
  func closed() async throws {
    try await withControl { control in
      _ = try await FakeRegion.joined(control, "own", [("category", "single_tenant")])
      let ada = try await control.person("ada@example.com")
      #expect(
        try await control.get("/api/v1/regions", token: ada.token).json.field("regions").array(maximum: 9).isEmpty)
      let body: JSONValue = ["slug": "acme", "region": "own"]
      #expect(try await control.post("/api/v1/organizations", token: ada.token, body).problem == "region-closed")
      _ = try await control.send(
        .patch, "/api/v1/operator/regions/own", token: control.operatorToken, json: ["accepts_organizations": true])
      #expect(try await control.post("/api/v1/organizations", token: ada.token, body).status == 202)
    }
  }

  @Test("an agent speaks only the versions of the protocol that the registry lets its region speak")
  func versions() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      #expect(try await eu.hello().status == 200)
      let path = "/api/v1/operator/regions/eu"
      _ = try await control.send(.patch, path, token: control.operatorToken, json: ["protocol_min": 2])
      let refused = try await eu.hello()
      #expect(FakeRegion.code(refused) == .versionUnsupported)
      _ = try await control.send(.patch, path, token: control.operatorToken, json: ["protocol_min": 0])
      #expect(try await eu.hello().status == 200)
    }
  }

  @Test("what still relies on the default region is counted and listed, and without one there is none")
  func defaultRegion() async throws {
    try await withControl(asService: true) { control in
      _ = try await FakeRegion.joined(control, "eu")
      let path = "/api/v1/operator/default-region"
      let token = control.operatorToken
      let map = control.server.map
      #expect(try await control.get(path, token: token).json.field("region").value == .null)
      #expect(
        try await control.send(.put, path, token: token, json: ["region": "nowhere"]).problem == "region-unknown")
      #expect(try await control.send(.put, path, token: token, json: ["region": "eu"]).text("region") == "eu")
      _ = try await control.server.follower.pass()
      #expect(map.defaultRegion?.name.text == "eu")
      for _ in 0..<3 { map.noteDefaultRegion("POST /api/{project_id}/store/") }
      for number in 0..<400 { map.noteDefaultRegion("pattern \(number)") }
      try await control.server.follower.writeUses()
      map.noteDefaultRegion("POST /api/{project_id}/store/")
      try await control.server.follower.writeUses()
      let shown = try await control.get(path, token: token).json
      #expect(try shown.field("requests").integer(in: 0...1000) == 404)
      let uses = try shown.field("uses").array(maximum: 1000)
      #expect(uses.count == 201)
      #expect(try uses[0].field("pattern").string() == "(others)")
      #expect(try uses[1].field("pattern").string() == "POST /api/{project_id}/store/")
      #expect(try uses[1].field("requests").integer(in: 0...10) == 4)
      #expect(try await control.send(.delete, path, token: token).status == 200)
      _ = try await control.server.follower.pass()
      #expect(map.defaultRegion == nil)
    }
  }
}
