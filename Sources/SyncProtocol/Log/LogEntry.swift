/// The number of a region in the registry, 1 to 4095. Control is ``SiloNumber/control``.
public struct SiloNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
  public static let control = SiloNumber(unchecked: 0)
  public let value: UInt16

  /// Returns nil above 4095, the largest number a registry may give.
  public init?(_ value: Int) {
    guard (0...4095).contains(value) else { return nil }
    self.value = UInt16(value)
  }

  private init(unchecked value: UInt16) { self.value = value }

  /// The name of this silo's stream and its audience: `control` or `region:7`.
  public var description: String { value == 0 ? "control" : "region:\(value)" }
  public static func < (left: SiloNumber, right: SiloNumber) -> Bool { left.value < right.value }
}

/// Whom a log entry concerns. Computed at the tick; not part of the chain.
public enum Receivers: Sendable, Hashable {
  case all
  case only([SiloNumber])

  public func contains(_ silo: SiloNumber) -> Bool {
    switch self {
    case .all: true
    case .only(let silos): silos.contains(silo)
    }
  }
}

/// A change that committed but has no position yet: says which row to read, never what it holds.
public struct Pointer: Sendable, Hashable {
  /// Taken from the outbox sequence after the transaction took its id. Unique, rises, has gaps.
  public let sequence: Int64
  /// The 64-bit id of the source transaction (`xid8`).
  public let transaction: UInt64
  public let row: RowReference

  public init(sequence: Int64, transaction: UInt64, row: RowReference) {
    self.sequence = sequence
    self.transaction = transaction
    self.row = row
  }
}

/// An immutable entry of the log: a pointer with its position.
public struct LogEntry: Sendable, Hashable {
  public let position: Position
  public let row: RowReference
  public let transaction: UInt64
  public let receivers: Receivers

  public init(position: Position, row: RowReference, transaction: UInt64, receivers: Receivers) {
    self.position = position
    self.row = row
    self.transaction = transaction
    self.receivers = receivers
  }
}
