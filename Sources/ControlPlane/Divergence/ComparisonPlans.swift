internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Which rows of control and a region can be compared: every kind that travels, in both directions.
struct ComparisonPlans: Sendable {
  /// Open incidents of a kind that a comparison looks at again.
  static let knownLimit = 1000

  let registry: KindRegistry

  /// The names of the kinds, for those who ask for some of them.
  var kinds: Set<String> { Set((registry.sources.keys.map(\.name)) + registry.sinks.keys.map(\.name)) }

  /// - Parameter names: the kinds; empty for all.
  func make(
    for region: SiloNumber, kinds names: [String], on connection: PostgresConnection
  ) async throws -> [ComparisonPlan] {
    var plans: [ComparisonPlan] = []
    for (kind, source) in registry.sources.sorted(by: { $0.key < $1.key }) where isAsked(kind, names) {
      guard let source = source as? any ComparableSource else { continue }
      plans.append(try await plan(kind, source.projection, stream: .control, audience: region, on: connection))
    }
    for (kind, sink) in registry.sinks.sorted(by: { $0.key < $1.key }) where isAsked(kind, names) {
      guard let sink = sink as? any ComparableSink else { continue }
      plans.append(try await plan(kind, sink.projection, stream: region, audience: .control, on: connection))
    }
    return plans
  }

  private func isAsked(_ kind: Kind, _ names: [String]) -> Bool { names.isEmpty || names.contains(kind.name) }

  private func plan(
    _ kind: Kind, _ columns: [String], stream: SiloNumber, audience: SiloNumber, on connection: PostgresConnection
  ) async throws -> ComparisonPlan {
    let known = try await IncidentStore.openKeys(
      stream: stream, silo: audience, kind: kind, limit: Self.knownLimit, on: connection)
    let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    return ComparisonPlan(
      subject: ComparisonSubject(stream: stream, audience: audience, kind: kind, columns: columns, salt: salt),
      known: known)
  }
}
