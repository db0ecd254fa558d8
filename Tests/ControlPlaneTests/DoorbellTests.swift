import ControlPlane
import Outbox
import Testing

@Suite("What wakes control's sequencer")
struct DoorbellTests {
  @Test("asked for decoding it listens while it leads, asked for nothing it polls")
  func decoding() async throws {
    try await withControl { control in
      #expect(control.server.sequencer.decodingState == nil)
      var environment = control.environment
      environment.wakeUp = .decoding
      let server = try await ControlServer(environment: environment)
      #expect(server.sequencer.decodingState == .off)
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          do { try await server.sequencer.run() } catch { Issue.record(error) }
        }
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while server.sequencer.decodingState != .listening, ContinuousClock.now < end {
          // It rings when it begins to listen.
          _ = await environment.doorbell.wait(beyond: environment.doorbell.rings, limit: .milliseconds(200))
        }
        #expect(server.sequencer.decodingState == .listening)
        group.cancelAll()
      }
    }
  }
}
