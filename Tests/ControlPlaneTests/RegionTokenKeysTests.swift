import HTTPTypes
import Silo
import Synchronization
import SyncProtocol
import Testing
import Web

@testable import ControlPlane

@Suite("telling tokens of regions from made-up ones") struct RegionTokenKeysTests {
  /// Keys that a test changes, and how often they were read.
  private final class Registry: Sendable {
    private let state = Mutex((keys: RegionTokenKeys.Keys(), all: 0, one: 0, now: Int64(1000), isAway: false))

    struct Away: Error {}

    var readings: (all: Int, one: Int) { state.withLock { ($0.all, $0.one) } }
    func put(_ keys: [SigningKey], of number: RegionNumber) {
      state.withLock { state in
        state.keys[number] = keys.map { KnownKey(key: $0.verificationKey, purpose: .stream) }
      }
    }
    func pass(_ seconds: Int64) { state.withLock { $0.now += seconds } }
    func goAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    var keys: RegionTokenKeys {
      RegionTokenKeys(
        all: {
          try self.state.withLock { state in
            state.all += 1
            guard !state.isAway else { throw Away() }
            return state.keys
          }
        },
        one: { number in
          try self.state.withLock { state in
            state.one += 1
            guard !state.isAway else { throw Away() }
            return state.keys[number] ?? []
          }
        },
        seconds: { self.state.withLock { $0.now } })
    }
  }

  private func token(_ number: Int, _ key: SigningKey, _ transaction: UInt64 = 1) throws -> SyncToken {
    try SyncToken(
      SyncPosition(stream: #require(SiloNumber(number)), epoch: 1, transaction: transaction), signedBy: key)
  }

  @Test("a flood of made-up tokens costs a reading a second and not one for each") func flood() async throws {
    let registry = Registry()
    let eu = try SigningKey(purpose: .stream)
    let stranger = try SigningKey(purpose: .stream)
    registry.put([eu], of: try #require(RegionNumber(1)))
    let keys = registry.keys
    for index in 0..<500 {
      #expect(try await !keys.isGenuine(token(1 + index % 4000, stranger, UInt64(index + 1))))
    }
    #expect(registry.readings == (Int(RegionTokenKeys.readings.burst), 0))
    registry.pass(1)
    for _ in 0..<50 { #expect(try await !keys.isGenuine(token(1, stranger))) }
    #expect(registry.readings == (Int(RegionTokenKeys.readings.burst) + 1, 0))
    // Those of a region are as good as ever in the middle of it.
    #expect(try await keys.isGenuine(token(1, eu)))
    #expect(registry.readings == (Int(RegionTokenKeys.readings.burst) + 1, 1))
  }

  @Test("a new key counts at once, and one that was taken back no longer") func changes() async throws {
    let registry = Registry()
    let number = try #require(RegionNumber(7))
    let old = try SigningKey(purpose: .stream)
    let new = try SigningKey(purpose: .stream)
    registry.put([old], of: number)
    let keys = registry.keys
    #expect(try await keys.isGenuine(token(7, old)))
    registry.put([old, new], of: number)
    #expect(try await keys.isGenuine(token(7, new)))
    #expect(try await keys.isGenuine(token(7, old)))
    registry.put([], of: number)
    #expect(try await !keys.isGenuine(token(7, new)))
    #expect(try await !keys.isGenuine(token(8, old)))
    #expect(try await !keys.isGenuine(token(0, old)), "control is no region")
  }

  @Test("while no keys can be read nobody is told that a token is made up") func away() async throws {
    let registry = Registry()
    let eu = try SigningKey(purpose: .stream)
    registry.put([eu], of: try #require(RegionNumber(1)))
    let keys = registry.keys
    registry.goAway(true)
    for _ in 0..<Int(RegionTokenKeys.readings.burst) {
      await #expect(throws: Registry.Away.self) { try await keys.isGenuine(token(1, eu)) }
    }
    await #expect { try await keys.isGenuine(token(1, eu)) } throws: { error in
      (error as? Problem)?.status.code == 503 && (error as? Problem)?.retryAfter == 1
    }
    registry.goAway(false)
    registry.pass(1)
    #expect(try await keys.isGenuine(token(1, eu)))
  }
}
