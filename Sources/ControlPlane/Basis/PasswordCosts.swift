/// What hashing a new password with Argon2id costs: memory and passes, on one lane.
///
/// Passwords of other costs go on to verify, and are replaced at the next login.
package struct PasswordCosts: Sendable, Hashable {
  package let memoryKiB: UInt32
  package let passes: UInt32

  /// 19 MiB and 2 passes.
  package static let standard = PasswordCosts(known: 19 * 1024, 2)

  /// In KiB; more than the upper bound would not verify, for an import is bounded by it, too.
  package static let memory = 7 * 1024...128 * 1024
  package static let passes = 1...16

  /// From so much memory on so many passes are enough: the choices that OWASP's Password Storage Cheat Sheet calls equal.
  private static let least = [(47_104, 1), (19_456, 2), (12_288, 3), (9216, 4), (7168, 5)]

  private init(known memoryKiB: UInt32, _ passes: UInt32) {
    self.memoryKiB = memoryKiB
    self.passes = passes
  }

  /// Returns nil outside of ``memory`` and ``passes``, and for fewer passes than that memory asks for.
  package init?(memoryKiB: Int, passes: Int) {
    guard Self.memory.contains(memoryKiB), Self.passes.contains(passes),
      Self.least.contains(where: { memoryKiB >= $0.0 && passes >= $0.1 })
    else { return nil }
    self.init(known: UInt32(memoryKiB), UInt32(passes))
  }

  /// What the PHC string of such a password begins with.
  var form: String { "$argon2id$v=19$m=\(memoryKiB),t=\(passes),p=1$" }
}
