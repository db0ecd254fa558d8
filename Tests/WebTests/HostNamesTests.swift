import HTTPTypes
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite("names of hosts") struct HostNamesTests {
  /// A resolver that answers when a test says so, a clock that a test moves, and its timers.
  private final class NameServer: Sendable {
    private struct State {
      var asked: [String] = []
      var open: [String: @Sendable (Result<[ClientAddress], any Error>) -> Void] = [:]
      var timers: [(at: ContinuousClock.Instant, fire: @Sendable () -> Void)] = []
      var now = ContinuousClock.now
      var watching: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    struct Nowhere: Error {}

    private let state = Mutex(State())

    var asked: [String] { state.withLock { $0.asked } }

    func names(_ limits: HostNameLimits = HostNameLimits()) -> HostNames {
      HostNames(
        limits: limits,
        lookUp: { host, done in
          let ready = self.state.withLock { state in
            state.asked.append(host)
            state.open[host] = done
            let ready = state.watching.filter { $0.count <= state.asked.count }
            state.watching.removeAll { $0.count <= state.asked.count }
            return ready
          }
          for watcher in ready { watcher.continuation.resume() }
        },
        after: { time, fire in self.state.withLock { $0.timers.append(($0.now + time, fire)) } },
        now: { self.state.withLock { $0.now } })
    }

    func answer(_ host: String, _ address: String?) {
      let done = state.withLock { $0.open.removeValue(forKey: host) }
      done?(address.flatMap { ClientAddress($0) }.map { .success([$0]) } ?? .failure(Nowhere()))
    }

    func pass(_ time: Duration) {
      let due = state.withLock { state in
        state.now += time
        let now = state.now
        defer { state.timers.removeAll { $0.at <= now } }
        return state.timers.filter { $0.at <= now }
      }
      for timer in due { timer.fire() }
    }

    /// Returns when so many look-ups have begun.
    func awaits(_ count: Int) async {
      await withCheckedContinuation { continuation in
        let isThere = state.withLock { state in
          guard state.asked.count < count else { return true }
          state.watching.append((count, continuation))
          return false
        }
        if isThere { continuation.resume() }
      }
    }
  }

  @Test("are looked up once for all who ask, and used again for a moment", .timeLimit(.minutes(20)))
  func shared() async throws {
    let server = NameServer()
    let names = server.names()
    async let first = names.address(of: "eu.example")
    await server.awaits(1)
    server.answer("eu.example", "192.0.2.1")
    #expect(try await first.description == "192.0.2.1")
    for _ in 0..<10 { #expect(try await names.address(of: "eu.example").description == "192.0.2.1") }
    #expect(server.asked == ["eu.example"])
    server.pass(.seconds(5))
    async let later = names.address(of: "eu.example")
    await server.awaits(2)
    server.answer("eu.example", "192.0.2.2")
    #expect(try await later.description == "192.0.2.2")
  }

  @Test("one that hangs keeps nobody longer than its patience, and nobody who needs another", .timeLimit(.minutes(20)))
  func hanging() async throws {
    let server = NameServer()
    let names = server.names()
    async let hanging = names.address(of: "slow.example")
    await server.awaits(1)
    async let other = names.address(of: "eu.example")
    await server.awaits(2)
    server.answer("eu.example", "192.0.2.1")
    #expect(try await other.description == "192.0.2.1")
    server.pass(.seconds(2))
    do {
      _ = try await hanging
      Issue.record("a name without an address has one")
    } catch let failure as HostNames.Failure { #expect(failure == .late) }
    // Whoever comes now does not wait, and begins nothing.
    for _ in 0..<100 {
      await #expect(throws: HostNames.Failure.late) { try await names.address(of: "slow.example") }
    }
    #expect(server.asked == ["slow.example", "eu.example"])
    // Late is not never.
    server.answer("slow.example", "192.0.2.9")
    #expect(try await names.address(of: "slow.example").description == "192.0.2.9")
  }

  @Test("keep their address while nothing newer can be had, but not for ever", .timeLimit(.minutes(20)))
  func stale() async throws {
    let server = NameServer()
    let names = server.names()
    async let first = names.address(of: "eu.example")
    await server.awaits(1)
    server.answer("eu.example", "192.0.2.1")
    _ = try await first
    server.pass(.seconds(60))
    async let second = names.address(of: "eu.example")
    await server.awaits(2)
    server.pass(.seconds(2))
    #expect(try await second.description == "192.0.2.1", "the look-up hangs")
    #expect(try await names.address(of: "eu.example").description == "192.0.2.1")
    server.answer("eu.example", nil)
    #expect(try await names.address(of: "eu.example").description == "192.0.2.1", "the look-up failed")
    #expect(server.asked.count == 2)
    server.pass(.seconds(300))
    async let third = names.address(of: "eu.example")
    await server.awaits(3)
    server.answer("eu.example", nil)
    do {
      _ = try await third
      Issue.record("a name without an address has one")
    } catch { #expect(error is NameServer.Nowhere) }
  }

  @Test("that lead nowhere are asked for ever less often", .timeLimit(.minutes(20))) func pauses() async throws {
    let server = NameServer()
    let names = server.names()
    for (count, pause) in [1, 2, 4, 8, 16, 30, 30].enumerated() {
      async let failing = names.address(of: "gone.example")
      await server.awaits(count + 1)
      server.answer("gone.example", nil)
      do {
        _ = try await failing
        Issue.record("a name without an address has one")
      } catch { #expect(error is NameServer.Nowhere) }
      server.pass(.milliseconds(pause * 1000 - 1))
      await #expect(throws: NameServer.Nowhere.self) { try await names.address(of: "gone.example") }
      #expect(server.asked.count == count + 1)
      server.pass(.milliseconds(1))
    }
  }

  @Test("are looked up by a bounded number at once, and a bounded number is remembered", .timeLimit(.minutes(20)))
  func bounds() async throws {
    var limits = HostNameLimits()
    limits.lookUps = 2
    limits.names = 2
    let server = NameServer()
    let names = server.names(limits)
    async let first = names.address(of: "a.example")
    async let second = names.address(of: "b.example")
    await server.awaits(2)
    await #expect(throws: HostNames.Failure.busy) { try await names.address(of: "c.example") }
    server.answer("a.example", "192.0.2.1")
    server.answer("b.example", "192.0.2.2")
    _ = try await (first, second)
    async let third = names.address(of: "c.example")
    await server.awaits(3)
    server.answer("c.example", "192.0.2.3")
    #expect(try await third.description == "192.0.2.3")
  }

  @Test("the system's resolver answers for this machine", .timeLimit(.minutes(20))) func system() async throws {
    let address = try await HostNames().address(of: "localhost")
    #expect(address.isHere)
  }

  @Test(
    "an operator's own upstream is looked up the same way: a name that hangs or leads nowhere is a 502",
    .timeLimit(.minutes(20)))
  func own() async throws {
    let server = NameServer()
    let target = try #require(ForwardTarget("http://app.example:9000"))
    try await ForwardingHarness.with(target: target, names: server.names()) { front in
      async let late = front.text("/")
      await server.awaits(1)
      server.pass(.seconds(2))
      let hanging = try await late
      #expect(hanging.status == 502)
      #expect(hanging.body.contains("upstream-unreachable"))
      server.answer("app.example", nil)
      #expect(try await front.text("/").status == 502)
      #expect(server.asked == ["app.example"], "it is not asked again at once")
    }
  }

  @Test("all addresses of an upstream are tried, in their order", .timeLimit(.minutes(20))) func several() async throws
  {
    try await ScriptedServer.with(script: ForwardingHarness.echo) { scripted in
      let target = try #require(ForwardTarget("http://app.example:\(scripted.port)"))
      for addresses in [["127.0.0.1"], ["127.0.0.77", "127.0.0.1"], ["127.0.0.77", "::1", "127.0.0.1", "127.0.0.78"]] {
        let names = HostNames(lookUp: { _, done in done(.success(addresses.compactMap { ClientAddress($0) })) })
        try await ForwardingHarness.with(target: target, names: names) { front in
          let answer = try await front.text("/")
          #expect(answer.status == 200, "\(addresses)")
          #expect(answer.body.contains("host: app.example:\(scripted.port)"))
        }
      }
      let nowhere = HostNames(lookUp: { _, done in done(.success([ClientAddress("127.0.0.77")].compactMap { $0 })) })
      try await ForwardingHarness.with(target: target, names: nowhere) { front in
        let answer = try await front.text("/")
        #expect(answer.status == 502)
      }
    }
  }

  @Test("an upstream whose name hangs is a 502, and another is reached meanwhile", .timeLimit(.minutes(20)))
  func upstreams() async throws {
    let server = NameServer()
    let names = server.names()
    let list = try #require(NetworkList("127.0.0.0/8"))
    let outbound = OutboundGuard(allowing: list) { try await names.address(of: $0) }
    try await ScriptedServer.with(script: ForwardingHarness.echo) { scripted in
      let slow = try #require(ForwardTarget("https://slow.example"))
      try await ForwardingHarness.with(target: slow, outbound: outbound) { hanging in
        async let late = hanging.text("/")
        await server.awaits(1)
        let good = try #require(ForwardTarget("http://localhost:\(scripted.port)"))
        try await ForwardingHarness.with(target: good, outbound: outbound) { front in
          let answer = try await front.text("/")
          #expect(answer.status == 200)
        }
        server.pass(.seconds(2))
        let answer = try await late
        #expect(answer.status == 502)
        #expect(answer.body.contains("upstream-unreachable"))
      }
    }
  }
}
