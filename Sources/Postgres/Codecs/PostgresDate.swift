public import struct FoundationEssentials.Date

/// `timestamptz`: microseconds since 2000-01-01 UTC. Dates beyond PostgreSQL's range travel as `infinity` and `-infinity`, which read back
/// as `Date.distantFuture` and `Date.distantPast`.
extension Date: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .timestamptz }
  public static var arrayType: PostgresType { .timestamptzArray }

  /// Seconds between PostgreSQL's epoch (2000-01-01) and Foundation's (2001-01-01).
  private static var epochDifference: Double { 31_622_400 }

  public func encode(into bytes: inout [UInt8]) {
    let microseconds = ((timeIntervalSinceReferenceDate + Self.epochDifference) * 1_000_000).rounded()
    // PostgreSQL's timestamps end in the year 294276, about 9.2e18 microseconds after its epoch.
    let wire: Int64
    if microseconds.isNaN || microseconds >= 9.2e18 {
      wire = .max
    } else if microseconds <= -2.1e17 {
      wire = .min
    } else {
      wire = Int64(microseconds)
    }
    bytes.append(bigEndian: wire)
  }

  public init(from cell: PostgresCell) throws {
    guard cell.type == .timestamptz || cell.type == .timestamp else { throw cell.mismatch(Date.self) }
    switch try cell.fixedWidth(Int64.self) {
    case .max: self = .distantFuture
    case .min: self = .distantPast
    case let wire:
      // Whole seconds and the rest apart: one division of the whole would lose microseconds to rounding.
      let (seconds, rest) = wire.quotientAndRemainder(dividingBy: 1_000_000)
      self.init(timeIntervalSinceReferenceDate: Double(seconds) - Self.epochDifference + Double(rest) / 1_000_000)
    }
  }
}
