import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import Outbox
import Postgres
import RegionAgent
import Silo
import Synchronization
import SyncProtocol
import Web

/// How soon many connected regions refuse somebody who was suspended, alone and while other rows saturate the main lane.
///
/// Control is a process of its own; the regions are whole servers of this process, each over a database of its own, joined, pulling and applying as ever.
/// What counts is the answer of each region's `/auth/verify` to an access token that was good a moment ago.
package struct RevocationRun {
  private static let password = "correct horse battery staple"
  /// People whom every region holds and whose rows change all the time.
  private static let crowd = 400

  let control: ControlProcess
  let regions: [RunningRegion]
  let say: @Sendable (String) -> Void

  /// - Parameters:
  ///   - regions: how many.
  ///   - rounds: suspensions in each of the two parts.
  package static func run(
    atoll: String, directory: String, port: Int, regions count: Int, rounds: Int, judgesTimes: Bool,
    say: @escaping @Sendable (String) -> Void
  ) async throws -> [Measure] {
    let control = try await ControlProcess(
      atoll: atoll, directory: directory, port: port, settings: ["max_connections": "800", "shared_buffers": "128MB"])
    do {
      try await control.start()
      say("control runs, \(count) regions join")
      let regions = try await RunningRegion.join(count, control: control, atoll: atoll, directory: directory)
      let run = RevocationRun(control: control, regions: regions, say: say)
      let measures = try await RunningRegion.running(regions) {
        try await run.measure(rounds: rounds, judgesTimes: judgesTimes)
      }
      for region in regions { region.client.shutdown() }
      await control.stop()
      return measures
    } catch {
      await control.stop()
      throw error
    }
  }

  private func measure(rounds: Int, judgesTimes: Bool) async throws -> [Measure] {
    let ports = await ports()
    let person = Person(url: control.url, mail: control.mail, password: Self.password)
    let user = try await person.signUp()
    say("an organization in each region")
    let organizations = try await person.organizations(in: regions.map(\.name))
    let visitor = Visitor(
      operators: OperatorClient(url: control.url, token: try control.operatorToken()), person: person, user: user,
      organizations: organizations, ports: ports)
    let quiet = try await visitor.rounds(rounds)
    say("quiet: \(Self.text(quiet))")
    try await assemble()
    let saturation = Saturation()
    let (database, count) = (control.database, regions.count)
    let busy = try await withThrowingTaskGroup(of: [Double]?.self) { group in
      group.addTask {
        try await Self.saturate(database, regions: count, saturation)
        return nil
      }
      group.addTask { try await visitor.rounds(rounds) }
      var delays: [Double] = []
      for try await result in group where result != nil {
        delays = result ?? []
        group.cancelAll()
        break
      }
      return delays
    }
    say("saturated: \(Self.text(busy)); \(saturation.text)")
    let limit = judgesTimes ? Measure.Bound.atMost(1000) : .none
    return [
      Measure("revocation, quiet, p50", quiet.percentile(50), "ms"),
      Measure("revocation, quiet, p99", quiet.percentile(99), "ms", limit),
      Measure("revocation, main lane saturated, p50", busy.percentile(50), "ms"),
      Measure("revocation, main lane saturated, p99", busy.percentile(99), "ms", limit),
      Measure("revocation: rows of others offered to the main lanes meanwhile", saturation.rows, "1/s"),
    ]
  }

  private static func text(_ delays: [Double]) -> String {
    "p50 \(Int(delays.percentile(50))) ms, p99 \(Int(delays.percentile(99))) ms, worst \(Int(delays.last ?? 0)) ms"
      + " of \(delays.count)"
  }

  private func ports() async -> [Int] {
    var ports: [Int] = []
    for region in regions { ports.append(await region.server.boundVerifyPort ?? 0) }
    return ports
  }

  /// People whom every region is entitled to, as grants would make them.
  private func assemble() async throws {
    try await control.database.withConnection { connection in
      try await connection.execute(
        """
        INSERT INTO control."user" (id, name, email, email_key)
        SELECT gen_random_uuid(), 'n', 'crowd' || n || '@example.com', 'crowd' || n || '@example.com'
        FROM generate_series(1, \(Int64(Self.crowd))) AS n
        """)
      try await connection.execute(
        """
        INSERT INTO control.user_status (id, status, epoch)
        SELECT id, 'active', 0 FROM control."user" WHERE email_key LIKE 'crowd%'
        """)
      _ = try await connection.query(
        """
        SELECT directory.enter(r.number, 'user', u.id) FROM control.region AS r, control."user" AS u
        WHERE u.email_key LIKE 'crowd%'
        """)
    }
  }

  /// Changes everybody of the crowd again and again: each time every region is offered so many rows on its main lane.
  private static func saturate(
    _ database: PostgresClient, regions: Int, _ saturation: Saturation
  ) async throws {
    let began = ContinuousClock.now
    var step: Int64 = 0
    while !Task.isCancelled {
      step += 1
      do {
        try await database.execute(
          "UPDATE control.\"user\" SET name = 'n' || \(step)::int8 WHERE email_key LIKE 'crowd%'")
        saturation.add(
          Double(Self.crowd * regions), seconds: (ContinuousClock.now - began) / .seconds(1))
        try await Task.sleep(for: .milliseconds(50))
      } catch is CancellationError { return }
    }
  }

  private final class Saturation: Sendable {
    private let state = Mutex((rows: 0.0, seconds: 0.0))

    func add(_ rows: Double, seconds: Double) { state.withLock { $0 = ($0.rows + rows, seconds) } }
    var rows: Double { state.withLock { $0.seconds > 0 ? $0.rows / $0.seconds : 0 } }
    var text: String { "\(Int(rows)) rows a second were offered to the main lanes" }
  }
}
