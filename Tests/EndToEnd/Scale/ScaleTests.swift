import Foundation
import Scale
import Testing

@testable import atoll

@Suite("Many regions on one control plane", .serialized)
struct ScaleTests {
  @Test("fifty agents converge exactly, outlive control's restart, and notice nothing of three that misbehave")
  func small() async throws {
    var size = Soak.Size()
    size.agents = 50
    size.idleSeconds = 3
    size.quietSeconds = 4
    size.changesPerSecond = 10
    size.rounds = 1
    // Whoever else uses this machine decides how long things take; `make soak` judges times.
    size.judgesTimes = false
    let directory = "/tmp/atoll-scale-\(UUID().uuidString.prefix(8).lowercased())"
    let measures = try await Soak.run(
      atoll: try Islands.binary(), directory: directory, port: try Islands.freePorts(1), size: size,
      parts: Soak.Part.allCases, settings: ["fsync": "off", "shared_buffers": "32MB"], say: { _ in })
    try FileManager.default.removeItem(atPath: directory)
    #expect(measures.count > 10)
    for measure in measures where !measure.isMet {
      Issue.record("\(measure.name): \(measure.value) \(measure.unit)")
    }
  }
}
