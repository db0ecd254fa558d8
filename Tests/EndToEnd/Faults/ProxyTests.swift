import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import atoll

@Suite("Faults on the wires", .serialized)
struct ProxyTests {
  /// Two in CI. `make soak` takes as many as it wants from `ATOLL_SEED` on, which alone is one.
  static let seeds: [UInt64] =
    SoakRequest.wires.map { count in (0..<UInt64(count)).map { SoakRequest.seed &+ $0 } }
    ?? (ProcessInfo.processInfo.environment["ATOLL_SEED"] == nil ? [1, 2] : [SoakRequest.seed])

  @Test(
    "nothing is lost, duplicated or reordered by traffic that is late, cut, doubled or truncated, nor by answers that are lost after a commit"
  )
  func wires() async throws {
    try await FaultProxy.with(.http) { sync in
      try await FaultProxy.with(.database) { control in
        try await FaultProxy.with(.database) { eu in
          try await Islands.run(
            regions: ["eu"],
            configure: { layout in
              sync.stand(before: layout.basePort)
              layout.controlURLOfRegions = "http://127.0.0.1:\(sync.port)"
            }, { try await Self.run($0, Proxies(sync: sync, control: control, eu: eu)) })
        }
      }
    }
  }

  @Test("an agent behind a firewall reaches control through an HTTP proxy, and its applications without it")
  func outbound() async throws {
    try await RequestSink.with { sink in
      try await FaultProxy.with(.http) { proxy in
        try await Islands.run(regions: ["eu"], configure: { proxy.stand(before: $0.basePort) }) { islands in
          let eu = try islands.region("eu")
          await islands.archipelago.process(of: eu)?.stop()
          let shell = try Shell(islands)
          try await shell.fail(
            ["region", "serve", "--data", eu.keys, "--database-file", eu.connectionFile(.service)], .configuration,
            saying: "proxy", ["ATOLL_PROXY": "socks5://127.0.0.1:1"])
          _ = try await shell.succeed([
            "webhook", "add", "http://127.0.0.1:\(sink.port)/told", "--data", eu.keys, "--database-file",
            eu.connectionFile(.service),
          ])
          try await islands.archipelago.start(eu, variables: ["ATOLL_PROXY": "http://127.0.0.1:\(proxy.port)"])
          let owner = try await Person.signUp(islands)
          let organization = try await owner.createOrganization(region: "eu")
          _ = try await owner.enter(organization)
          #expect(proxy.plan.exchanges > 2, "the agent's calls came through the proxy")
          try await eventually("the application is told directly") { !sink.received.isEmpty }
          #expect(sink.received.allSatisfy { $0.head.hasPrefix("POST /told ") })
        }
      }
    }
  }

  private struct Proxies {
    let sync: FaultProxy
    let control: FaultProxy
    let eu: FaultProxy
    var all: [FaultProxy] { [sync, control, eu] }

    var databases: [FaultPlan.Fault: Int] { control.plan.struck.merging(eu.plan.struck, uniquingKeysWith: +) }

    /// What the campaign has not met yet, without which it proves nothing.
    var missing: [String] {
      let databases = databases
      return [
        sync.plan.strikes < 5 ? "enough faults at the sync port" : nil,
        databases[.dropReply, default: 0] == 0 ? "an answer to a COMMIT that was lost" : nil,
        databases[.cut, default: 0] + databases[.truncateReply, default: 0] == 0
          ? "a database connection that was lost" : nil,
      ].compactMap { $0 }
    }

    var description: String {
      func list(_ struck: [FaultPlan.Fault: Int]) -> String {
        struck.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
          .joined(separator: ", ")
      }
      return "sync port: \(list(sync.plan.struck)); databases: \(list(databases))"
    }
  }

  /// Seeds beyond those that were asked for, until everything was met.
  private static let furtherSeeds: UInt64 = 10

  private static func run(_ islands: Islands, _ proxies: Proxies) async throws {
    for (folder, proxy) in [(islands.control, proxies.control), (try islands.region("eu"), proxies.eu)] {
      proxy.stand(before: try #require(islands.archipelago.server(of: folder)).port)
      try await islands.reroute(folder, through: proxy.port)
    }
    let owner = try await Person.signUp(islands)
    var history = History(organization: try await owner.createOrganization(region: "eu"))
    for seed in seeds { try await disturb(seed, &history, owner, islands, proxies) }
    // Which exchange meets which decision is the machine's: more seeds until everything was met.
    var further: UInt64 = 0
    while !proxies.missing.isEmpty, further < furtherSeeds {
      further += 1
      try await disturb((seeds.last ?? 0) &+ further, &history, owner, islands, proxies)
    }
    // Everything passes once more when the link was gone for a while.
    proxies.sync.plan.isPartitioned = true
    await history.work(as: owner, islands)
    proxies.sync.plan.heal()
    try await history.check(islands, after: "a partition")
    try await history.expectNothingQuarantined(islands)
    for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
    #expect(proxies.missing.isEmpty, "not met after \(seeds.count) + \(further) seeds; \(proxies.description)")
    if SoakRequest.wires != nil {
      Console.note(
        """
        soak: wires: done: \(seeds.count) seeds from \(seeds.first ?? 0) on and \(further) more; \(proxies.description); \
        \(history.projects.count + history.names.count) writes: 0 lost, 0 duplicated, 0 reordered
        """)
    }
  }

  /// Works while the faults of a seed strike, then heals the wires and compares both sides.
  private static func disturb(
    _ seed: UInt64, _ history: inout History, _ owner: Person, _ islands: Islands, _ proxies: Proxies
  ) async throws {
    for (number, proxy) in proxies.all.enumerated() {
      proxy.plan.strike(share: number == 0 ? 0.35 : 0.1, seed: seed &* 3 &+ UInt64(number))
    }
    // How many exchanges meet the plan depends on timing: go on until enough did.
    let before = proxies.sync.plan.strikes
    var rounds = 0
    repeat {
      await history.work(as: owner, islands)
      rounds += 1
    } while rounds < 4 || (rounds < 24 && proxies.sync.plan.strikes < before + 3)
    for proxy in proxies.all { proxy.plan.heal() }
    try await history.check(islands, after: "seed \(seed); again: ATOLL_SEED=\(seed)")
  }
}
