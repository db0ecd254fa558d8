import ControlPlane
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite("Peers of other versions, over HTTP")
struct VersionSkewTests {
  private static var limits: ControlLimits {
    var limits = ControlLimits()
    limits.sync.refusalPause = 1
    return limits
  }

  /// What the doctor is told.
  private static func incompatible(_ control: ControlFixture) async throws -> [RefusedVersionStore.Refusal] {
    try await control.environment.database.withConnection { try await ControlFacts.read(on: $0) }.incompatible
  }

  @Test("an agent without a version in common is told which there are, and loses neither its session nor its place")
  func refused() async throws {
    try await withControl(limits: Self.limits, asService: true, onSocket: true) { control in
      let world = try await World(control)
      let eu = world.eu
      let held = try await eu.pullAll()
      #expect(!held.isEmpty)
      let session = eu.session
      for versions in [[2], [2, 3, 1000], []] {
        let answer = try await eu.hello(versions: versions)
        #expect(answer.status == 400)
        let problem = try SyncProblem(body: answer.bytes)
        #expect(problem.code == .versionUnsupported)
        #expect(problem.versions == Negotiation.versions)
      }
      // What never was a version is no message at all.
      #expect(FakeRegion.code(try await eu.hello(versions: [0])) == .badMessage)
      #expect(FakeRegion.code(try await eu.hello(versions: [1001])) == .badMessage)
      #expect(FakeRegion.code(try await eu.hello(versions: Array(2...18))) == .badMessage)
      #expect(eu.session == session)
      // The doctor knows which region it is, and the trail has each offer once.
      let found = try await Self.incompatible(control)
      #expect(found.map(\.region) == ["eu"])
      let alarms = "SELECT subject FROM control.audit WHERE alarm AND action = 'region.incompatible' ORDER BY id" as SQL
      #expect(
        try await control.query(alarms).decode(String.self) == [
          "offers 2, control takes 1", "offers 2,3,1000, control takes 1", "offers none, control takes 1",
        ])
      _ = try await eu.hello(versions: [2])
      #expect(try await control.query(alarms).count == 3)
      // The agent of before goes on where it was, and what happened meanwhile comes.
      _ = try await World.organization("globex", of: world.ada.token, at: eu, control)
      let more = try await eu.pullAll()
      #expect(more.values.contains { $0.value("slug") == "globex" })
      #expect(more.count < held.count, "nothing starts over")
      _ = try await eu.hello(versions: [1])
      #expect(try await Self.incompatible(control).isEmpty, "it was upgraded")
    }
  }

  @Test("an agent that speaks newer versions too, and can what nobody knows yet, is answered in the one in common")
  func newer() async throws {
    try await withControl(limits: Self.limits, asService: true, onSocket: true) { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let future = try #require(Capability("teleport"))
      let answer = try await eu.hello(versions: [1, 2, 3], capabilities: [.zlib, future])
      let hello = try HelloAnswer(body: answer.bytes)
      #expect(hello.version == 1)
      #expect(hello.capabilities == [.zlib])
      #expect(try await eu.pullAll().isEmpty == false)
    }
  }
}
