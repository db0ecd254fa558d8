import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("The state of a region as it sees itself")
struct RegionStateTests {
  private static func status(_ change: (inout RegionStatus) -> Void = { _ in }) throws -> RegionStatus {
    func lane(_ name: Lane) -> RegionStatus.LaneStatus {
      RegionStatus.LaneStatus(direction: .down, lane: name, cursor: 10, head: 10, lagSeconds: 1, appliedSeconds: 2)
    }
    var status = RegionStatus(
      region: try RegionName("eu"), silo: try #require(SiloNumber(7)), connection: .connected, fingerprint: "x",
      log: nil,
      freshnessSeconds: 1, quarantined: 0, lanes: [lane(.priority), lane(.main)])
    change(&status)
    return status
  }

  @Test("fresh knowledge is live, also while the connection is gone for a moment")
  func live() throws {
    #expect(try Self.status().sync == .live)
    #expect(try Self.status { $0.connection = .connecting }.sync == .live)
  }

  @Test("a connection without knowledge is stalled, old knowledge is degraded first")
  func stalled() throws {
    #expect(try Self.status { $0.freshnessSeconds = 11 }.sync == .degraded)
    #expect(try Self.status { $0.freshnessSeconds = 61 }.sync == .stalled)
    let fresh = try Self.status {
      $0.freshnessSeconds = nil
      for index in $0.lanes.indices { $0.lanes[index].appliedSeconds = 90 }
    }
    // A process that just started knows what lies in its database, and how old it is.
    #expect(fresh.sync == .stalled)
  }

  @Test("before the first cursor it is joining, during a later snapshot it needs one, and revoked is revoked")
  func others() throws {
    #expect(try Self.status { $0.lanes = [] }.sync == .joining)
    #expect(try Self.status { $0.connection = .pending }.sync == .joining)
    #expect(try Self.status { $0.lanes[1].isRefilling = true }.sync == .needsSnapshot)
    let first = try Self.status {
      $0.lanes[1].isRefilling = true
      $0.lanes[1].wasComplete = false
    }
    #expect(first.sync == .joining)
    #expect(try Self.status { $0.connection = .revoked }.sync == .revoked)
    #expect(try Self.status { $0.quarantined = 1 }.sync == .degraded)
  }
}
