public import FoundationEssentials

/// Mints UUIDv7 (RFC 9562 §5.7): 48 bits of time, 74 random bits. Time and randomness are injected.
public struct IdentifierSource: Sendable {
  private let milliseconds: @Sendable () -> UInt64
  private let random: @Sendable () -> UInt64

  /// - Parameters:
  ///   - milliseconds: the time since 1970; its low 48 bits are used.
  ///   - random: 64 fresh random bits on every call.
  public init(milliseconds: @escaping @Sendable () -> UInt64, random: @escaping @Sendable () -> UInt64) {
    self.milliseconds = milliseconds
    self.random = random
  }

  /// The wall clock and the system's generator.
  public static let system = IdentifierSource(
    milliseconds: { UInt64(max(0, Date().timeIntervalSince1970 * 1000)) },
    random: { UInt64.random(in: .min ... .max) })

  public func uuid() -> UUID {
    let time = milliseconds()
    let high = random()
    let low = random()
    let byte = { (value: UInt64, shift: UInt64) in UInt8(truncatingIfNeeded: value >> shift) }
    return UUID(
      uuid: (
        byte(time, 40), byte(time, 32), byte(time, 24), byte(time, 16), byte(time, 8), byte(time, 0),
        0x70 | (byte(high, 8) & 0x0F), byte(high, 0),
        0x80 | (byte(low, 56) & 0x3F), byte(low, 48), byte(low, 40), byte(low, 32),
        byte(low, 24), byte(low, 16), byte(low, 8), byte(low, 0)
      ))
  }

  public func next<Subject>(_ type: Identifier<Subject>.Type = Identifier<Subject>.self) -> Identifier<Subject> {
    Identifier(uuid())
  }
}
