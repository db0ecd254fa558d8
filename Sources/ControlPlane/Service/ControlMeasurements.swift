internal import Logging
internal import Postgres
package import Outbox
internal import Silo
internal import SyncProtocol

/// What control says of itself at a scrape: its log, every region by name, and who waits for a password to be hashed.
package struct ControlMeasurements: Sendable {
  let environment: ControlEnvironment
  private let hasher: PasswordHasher
  private let lanes: RegionLanes
  private let map: DirectoryMap

  init(environment: ControlEnvironment, hasher: PasswordHasher, lanes: RegionLanes, map: DirectoryMap) {
    self.lanes = lanes
    self.map = map
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
    all += await upkeep(names: names) + gateway(names: names) + directory
    all.append(
      OutboxMeasurement(
        .gauge, "atoll_password_queue", "Passwords that are hashed now or wait for it.", Double(hasher.waiting)))
    if let letters = await letters() {
      all.append(
        OutboxMeasurement(.gauge, "atoll_mail_queue", "Letters that wait to be handed over.", Double(letters)))
    }
    return all
  }

  /// What the gateway knows of the regions that it has asked.
  private func gateway(names: [SiloNumber: String]) -> [OutboxMeasurement] {
    lanes.readings.flatMap { region, reading in
      let labels: [(name: StaticString, value: String)] = [("peer", names[region.silo] ?? region.silo.description)]
      return [
        OutboxMeasurement(
          .gauge, "atoll_gateway_requests", "Requests that are passed on to a region now.", labels: labels,
          Double(reading.underWay)),
        OutboxMeasurement(
          .gauge, "atoll_gateway_open", "1 while a region is not asked because it did not answer.", labels: labels,
          reading.isOpen ? 1 : 0),
        OutboxMeasurement(
          .total, "atoll_gateway_refused_total", "Requests refused because a region is busy or does not answer.",
          labels: labels, Double(reading.refused)),
      ]
        + reading.outcomes.sorted { $0.key.rawValue < $1.key.rawValue }.map { outcome, count in
          OutboxMeasurement(
            .total, "atoll_gateway_answers_total", "Requests that were passed on to a region, by how they ended.",
            labels: [("outcome", outcome.rawValue)] + labels, Double(count))
        }
    }
  }

  /// How good the map is that this process resolves requests with.
  private var directory: [OutboxMeasurement] {
    let counts = map.counts
    var all = [("key", counts.keys), ("organization", counts.organizations), ("slug", counts.slugs)].map {
      kind, count in
      OutboxMeasurement(
        .gauge, "atoll_directory_records", "Records of the directory's map in memory.", labels: [("kind", kind)],
        Double(count))
    }
    // Before anything was read there is no age; the map answers 503 then.
    let age = map.age.map { $0 / .seconds(1) } ?? map.restoredAt.map { Double(max(0, environment.seconds - $0)) }
    if let age {
      all.append(
        OutboxMeasurement(
          .gauge, "atoll_directory_age_seconds",
          "Since the reading that the directory's map is as good as, or since its file was written.", age))
    }
    all.append(
      OutboxMeasurement(
        .total, "atoll_directory_file_failures_total", "Writings of the directory's map to disk that failed.",
        Double(map.fileFailures)))
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
