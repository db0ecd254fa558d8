internal import Outbox
internal import Postgres
package import Silo

/// The rings, and in which of them each region is.
package enum RingStore {
  package struct Ring: Sendable, Hashable {
    package let name: RingName
    /// Rings go in the order of their places.
    package let place: Int
    package let soakSeconds: Int64
    package let watchSeconds: Int64
  }

  package struct Assignment: Sendable, Hashable {
    package let region: RegionNumber
    package let name: RegionName
    package let ring: RingName
  }

  package enum Lock: Sendable { case none, shared, exclusive }

  /// The rings in order.
  /// - Parameter lock: shared: the order stays while something is released by it. exclusive: it is changed.
  package static func all(lock: Lock = .none, on control: ControlConnection) async throws -> [Ring] {
    let suffix: SQL =
      switch lock {
      case .none: ""
      case .shared: "FOR SHARE"
      case .exclusive: "FOR UPDATE"
      }
    return try await control.query(
      "SELECT g.name, g.place, g.soak_seconds, g.watch_seconds FROM control.ring g ORDER BY g.place \(suffix)"
    ).decode((String, Int32, Int64, Int64).self).compactMap { name, place, soak, watch in
      RingName(name).map { Ring(name: $0, place: Int(place), soakSeconds: soak, watchSeconds: watch) }
    }
  }

  /// Every region with its ring, by ring and name.
  package static func assignments(on control: ControlConnection) async throws -> [Assignment] {
    try await control.query(
      """
      SELECT m.region_number, r.name, m.ring FROM control.ring_region m JOIN control.region r ON r.number = m.region_number
      JOIN control.ring g ON g.name = m.ring ORDER BY g.place, r.name LIMIT 4095
      """
    ).decode((Int16, String, String).self).compactMap { number, name, ring in
      guard let number = RegionNumber(Int(number)), let ring = RingName(ring) else { return nil }
      return Assignment(region: number, name: try RegionName(name), ring: ring)
    }
  }

  /// Changes a ring, or adds one. False when another ring has its place.
  package static func put(_ ring: Ring, on control: ControlConnection) async throws -> Bool {
    try await control.execute(
      """
      UPDATE control.ring g SET place = \(Int64(ring.place)), soak_seconds = \(ring.soakSeconds), watch_seconds = \(ring.watchSeconds)
      WHERE g.name = \(ring.name.text) AND NOT EXISTS (
        SELECT FROM control.ring o WHERE o.place = \(Int64(ring.place)) AND o.name <> g.name)
      """) == 1
  }

  /// Adds a ring. It has what the next ring behind it has, so that no region that comes into it loses anything. False when its place is taken.
  package static func insert(_ ring: Ring, on control: ControlConnection) async throws -> Bool {
    let isNew = try await control.execute(
      """
      INSERT INTO control.ring (name, place, soak_seconds, watch_seconds)
      VALUES (\(ring.name.text), \(Int64(ring.place)), \(ring.soakSeconds), \(ring.watchSeconds)) ON CONFLICT DO NOTHING
      """)
    guard isNew == 1 else { return false }
    try await control.execute(
      """
      INSERT INTO control.ring_release (ring, kind, name, revision)
      SELECT \(ring.name.text), l.kind, l.name, l.revision FROM control.ring_release l WHERE l.ring = (
        SELECT g.name FROM control.ring g WHERE g.name <> \(ring.name.text)
        ORDER BY g.place > \(Int64(ring.place)) DESC, abs(g.place - \(Int64(ring.place))) LIMIT 1)
      """)
    return true
  }

  /// Removes a ring that no region is in. False when one is.
  package static func remove(_ ring: RingName, on control: ControlConnection) async throws -> Bool {
    try await control.execute(
      """
      DELETE FROM control.ring g WHERE g.name = \(ring.text)
        AND NOT EXISTS (SELECT FROM control.ring_region m WHERE m.ring = g.name)
      """) == 1
  }

  /// Puts a region into a ring. From then on it is entitled to what that ring is released to. False when it is there already.
  package static func assign(_ region: RegionNumber, to ring: RingName, on control: ControlConnection) async throws
    -> Bool
  {
    try await control.execute(
      """
      UPDATE control.ring_region m SET ring = \(ring.text), epoch = COALESCE(s.epoch, 0), head = s.head, assigned = clock_timestamp()
      FROM outbox.sequencer s WHERE m.region_number = \(region.value) AND m.ring <> \(ring.text)
      """) == 1
  }
}
