internal import Logging
internal import Postgres
package import Outbox
internal import Silo
internal import SyncProtocol

/// What control says of itself at a scrape: its log, every region by name, and who waits for a password to be hashed.
package struct ControlMeasurements: Sendable {
  let environment: ControlEnvironment
  private let hasher: PasswordHasher

  init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    self.hasher = hasher
  }

  package func now() async -> [OutboxMeasurement] {
    let gauges = OutboxGauges(client: environment.database.client, stream: .control)
    let (names, states) = await regions()
    var all = await gauges.measurements(names: names)
    for state in SyncState.allCases {
      all.append(
        OutboxMeasurement(
          .gauge, "atoll_regions", "Regions by what they have applied.", labels: [("state", state.rawValue)],
          Double(states.values.count { $0 == state })))
    }
    for (number, state) in states.sorted(by: { $0.key < $1.key }) {
      // One series a region and not one a state: 4095 regions must stay 4095 series.
      all.append(
        OutboxMeasurement(
          .gauge, "atoll_region_state", "1 for the state that a region is in now.",
          labels: [("peer", names[number.silo] ?? number.silo.description), ("state", state.rawValue)], 1))
    }
    all += await upkeep(names: names)
    all.append(
      OutboxMeasurement(
        .gauge, "atoll_password_queue", "Passwords that are hashed now or wait for it.", Double(hasher.waiting)))
    if let letters = await letters() {
      all.append(
        OutboxMeasurement(.gauge, "atoll_mail_queue", "Letters that wait to be handed over.", Double(letters)))
    }
    return all
  }

  /// Nil when the database does not answer; the gauges say so.
  private func letters() async -> Int64? {
    do {
      return try await environment.database.withConnection { try await MailStore.count(on: $0) }
    } catch {
      environment.logger.debug("no letters in this scrape", metadata: ["error": "\(error)"])
      return nil
    }
  }

  /// Nothing when the database does not answer; the gauges say so.
  private func regions() async -> (names: [SiloNumber: String], states: [RegionNumber: SyncState]) {
    do {
      return try await environment.database.withTransaction(.repeatableRead(readOnly: true)) { control in
        let names = try await RegionStore.all(limit: 4095, on: control).map { ($0.number.silo, $0.name.text) }
        return (Dictionary(names) { first, _ in first }, try await RegionStates.all(on: control))
      }
    } catch {
      environment.logger.debug("no regions in this scrape", metadata: ["error": "\(error)"])
      return ([:], [:])
    }
  }
}
