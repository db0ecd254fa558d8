internal import Outbox
internal import Postgres
internal import Silo

/// The processes that used a key. Each start of an agent has a random instance: one that speaks again after another took over lives beside it, so the
/// region, its keys included, was copied and both copies run.
enum InstanceStore {
  /// Alarms of one kind about one region in this many seconds are one alarm.
  private static let alarmInterval = 600.0
  /// Days after which an instance is forgotten.
  private static let memory = 30

  static func isSuperseded(
    _ instance: String, of thumbprint: String, on control: ControlConnection
  ) async throws -> Bool {
    try await control.query(
      """
      SELECT EXISTS (
        SELECT FROM control.superseded_instance s WHERE s.thumbprint = \(thumbprint) AND s.instance = \(instance))
      """
    ).only().decode(Bool.self)
  }

  /// Remembers the instance that held the region's session with the same key, before `instance` takes it over.
  static func supersede(
    by instance: String, of thumbprint: String, region: RegionNumber, on control: ControlConnection
  ) async throws {
    let superseded = try await control.execute(
      """
      INSERT INTO control.superseded_instance (thumbprint, instance)
      SELECT s.thumbprint, s.instance FROM control.agent_session s
      WHERE s.region_number = \(region.value) AND s.thumbprint = \(thumbprint) AND s.instance <> \(instance)
      ON CONFLICT DO NOTHING
      """)
    guard superseded > 0 else { return }
    try await control.execute(
      """
      DELETE FROM control.superseded_instance s
      WHERE s.thumbprint = \(thumbprint) AND s.superseded < clock_timestamp() - make_interval(days => \(Int32(Self.memory)))
      """)
  }

  /// Tells operators, once for a while.
  static func alarm(
    _ action: String, _ region: RegionNumber, _ name: RegionName, on control: ControlConnection
  ) async throws {
    let isTold = try await control.query(
      """
      SELECT EXISTS (SELECT FROM control.audit a WHERE a.alarm AND a.action = \(action) AND a.subject = \(name.text)
        AND a.at > clock_timestamp() - make_interval(secs => \(Self.alarmInterval)))
      """
    ).only().decode(Bool.self)
    if !isTold {
      try await AuditStore.append(.region(region), action, name.text, isAlarm: true, on: control)
    }
  }
}
