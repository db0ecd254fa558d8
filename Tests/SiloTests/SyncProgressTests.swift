import Silo
import Testing

@Suite("The state of a region")
struct SyncProgressTests {
  typealias LaneProgress = SyncProgress.LaneProgress

  static let lane = LaneProgress(position: 10)
  static let good = SyncProgress(
    enrollment: .active, lanes: [lane, lane], acknowledgedSeconds: 3, sourceSeconds: 1)

  static func changed(_ change: (inout SyncProgress) -> Void) -> SyncProgress {
    var progress = good
    change(&progress)
    return progress
  }

  @Test("a region that acknowledges what a fresh log holds is live")
  func live() { #expect(Self.good.state() == .live) }

  @Test("a cursor that is missing in one lane is joining, and so is a key that waits for approval")
  func joining() {
    #expect(Self.changed { $0.lanes[1].position = nil }.state() == .joining)
    #expect(Self.changed { $0.lanes = [] }.state() == .joining)
    #expect(Self.changed { $0.enrollment = .waiting }.state() == .joining)
  }

  @Test("a region that never sent a cursor is joining even if its agent said hello long ago")
  func helloIsNothing() {
    let progress = Self.changed {
      $0.lanes = []
      $0.acknowledgedSeconds = nil
    }
    #expect(progress.state() == .joining)
  }

  @Test("revoked wins over everything")
  func revoked() {
    let progress = Self.changed {
      $0.enrollment = .revoked
      $0.lanes = []
      $0.sourceSeconds = nil
    }
    #expect(progress.state() == .revoked)
  }

  @Test("a cursor at the bound of retention is served, one below it needs a snapshot")
  func retention() {
    #expect(Self.changed { $0.lanes[0].retained = 10 }.state() == .live)
    #expect(Self.changed { $0.lanes[0].retained = 11 }.state() == .needsSnapshot)
    // Even if it is silent: what helps it is a snapshot.
    let silent = Self.changed {
      $0.lanes[0].retained = 11
      $0.acknowledgedSeconds = 10_000
    }
    #expect(silent.state() == .needsSnapshot)
  }

  @Test(
    "ages cross the bounds of degraded and stalled exactly there",
    arguments: [
      (10, SyncState.live), (10.01, .degraded), (60, .degraded), (60.01, .stalled),
    ] as [(Double, SyncState)])
  func ages(seconds: Double, expected: SyncState) {
    #expect(Self.changed { $0.acknowledgedSeconds = seconds }.state() == expected)
    #expect(Self.changed { $0.sourceSeconds = seconds }.state() == expected)
    let behind = Self.changed {
      $0.lanes[1].behindSeconds = seconds
      $0.lanes[1].unmovedSeconds = seconds
    }
    #expect(behind.state() == expected)
  }

  @Test("a region far behind whose cursor moves is degraded, not stalled")
  func catchingUp() {
    let progress = Self.changed {
      $0.lanes[1].behindSeconds = 86_400
      $0.lanes[1].unmovedSeconds = 1
    }
    #expect(progress.state() == .degraded)
  }

  @Test("an idle region whose cursor has nothing to move for is live")
  func idle() {
    let progress = Self.changed { $0.lanes[0].unmovedSeconds = 86_400 }
    #expect(progress.state() == .live)
  }

  @Test("an open connection that brings the same cursor again while changes wait is stalled")
  func openConnection() {
    let progress = Self.changed {
      $0.acknowledgedSeconds = 0
      $0.lanes[0].behindSeconds = 61
      $0.lanes[0].unmovedSeconds = 61
    }
    #expect(progress.state() == .stalled)
  }

  @Test("a source that was never complete stalls every region that has cursors")
  func neverComplete() {
    #expect(Self.changed { $0.sourceSeconds = nil }.state() == .stalled)
    #expect(Self.changed { $0.acknowledgedSeconds = nil }.state() == .stalled)
  }

  @Test("a thousand regions acknowledge less often, and are not called degraded for it")
  func manyRegions() {
    #expect(SyncStateLimits(regions: 2) == SyncStateLimits())
    let idle = Self.changed { $0.acknowledgedSeconds = 60 }
    #expect(idle.state(limits: SyncStateLimits(regions: 1000)) == .live)
    #expect(idle.state(limits: SyncStateLimits(regions: 2)) == .degraded)
  }

  @Test("a snapshot under way is joining the first time and needs_snapshot later, however fresh the log is")
  func refilling() {
    #expect(Self.changed { $0.isRefilling = true }.state() == .needsSnapshot)
    let first = Self.changed {
      $0.isRefilling = true
      $0.wasComplete = false
    }
    #expect(first.state() == .joining)
  }

  @Test("one quarantined row is degraded")
  func quarantined() { #expect(Self.changed { $0.quarantined = 1 }.state() == .degraded) }
}
