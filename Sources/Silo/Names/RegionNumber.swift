public import SyncProtocol

/// The number of a region in the registry, 1 to 4095. Given once, never given again.
public struct RegionNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let value: Int16

  public init?(_ value: Int) {
    guard (1...4095).contains(value) else { return nil }
    self.value = Int16(value)
  }

  /// The region as a party to the sync protocol, or nil for control.
  public init?(_ silo: SiloNumber) {
    self.init(Int(silo.value))
  }

  /// This region as a party to the sync protocol.
  public var silo: SiloNumber { SiloNumber(Int(value)) ?? .control }

  public var description: String { String(value) }
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
