/// One life of a silo's log. A restored, promoted or copied database starts another.
public struct Epoch: Sendable, Hashable {
  /// Rises by at least one with each new epoch; one more than the highest that any peer has seen.
  public let ordinal: Int32
  /// Random, 128 bits as 32 lower-case hexadecimal digits: tells apart two epochs that were both called the next one.
  public let id: String

  /// Returns nil unless `ordinal` is positive and `id` is 32 lower-case hexadecimal digits.
  public init?(ordinal: Int32, id: String) {
    guard ordinal > 0, id.utf8.count == 32, id.utf8.allSatisfy(Self.isHexadecimal) else { return nil }
    self.ordinal = ordinal
    self.id = id
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }
}
