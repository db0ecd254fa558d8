import HTTPTypes
import Testing

@testable import ControlPlane

@Suite("an organization that changes home in the middle of a request") struct GatewayMoveTests {
  @Test("is asked once more where it lives now, and only there is anything done", .timeLimit(.minutes(20)))
  func small() async throws {
    try await MovingOrganization.with { scene in
      let answer = try await scene.post("{\"first\":1}")
      #expect(answer.status == 200)
      #expect(scene.taken("eu") == [])
      #expect(scene.taken("us") == ["{\"first\":1}"])
      #expect(try await scene.post("{}").status == 200)
      #expect(scene.taken("us").count == 2)
    }
  }

  @Test(
    "answers 503 to a body that is too long to be sent again, with nothing done; the next try is whole",
    .timeLimit(.minutes(20)))
  func large() async throws {
    try await MovingOrganization.with { scene in
      let body = String(repeating: "0123456789abcdef", count: 1280)
      let refused = try await scene.post(body)
      #expect(refused.status == 503)
      #expect(refused.problem == "stale-home")
      #expect(refused.headers[.retryAfter] == "1")
      #expect(scene.taken("eu") == [] && scene.taken("us") == [])
      // The caller comes again a moment later, as it was told.
      await scene.map.refresh()
      #expect(try await scene.post(body).status == 200)
      #expect(scene.taken("us") == [body])
    }
  }

  @Test("loses none of many requests and does none twice", .timeLimit(.minutes(20)))
  func many() async throws {
    try await MovingOrganization.with(movesDuring: 20) { scene in
      let outcomes = try await withThrowingTaskGroup(of: [(body: String, answer: Answer)].self) { group in
        for worker in 0..<6 {
          group.addTask {
            var outcomes: [(body: String, answer: Answer)] = []
            for number in 0..<15 {
              let body = "\(worker).\(number)"
              outcomes.append((body, try await scene.post(body)))
            }
            return outcomes
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      let taken = scene.taken("eu") + scene.taken("us")
      #expect(Set(taken).count == taken.count, "none was done twice")
      for (body, answer) in outcomes {
        #expect(taken.contains(body) == (answer.status == 200), "\(body): \(answer.status)")
        #expect(answer.status == 200 || answer.problem == "stale-home", "\(body): \(answer)")
      }
      #expect(scene.taken("eu").count <= 19, "those that came before it moved")
      #expect(!scene.taken("us").isEmpty)
    }
  }
}
