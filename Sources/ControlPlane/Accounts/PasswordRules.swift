/// What a new password has to be (NIST SP 800-63B-4 §3.1.1): long, and not one of those that everybody tries. No rules about its composition.
struct PasswordRules: Sendable {
  private let limits: ControlLimits

  init(limits: ControlLimits) { self.limits = limits }

  /// - Throws: ``ControlError``
  func check(_ password: String) throws {
    try checkLength(password)
    guard password.unicodeScalars.count >= limits.shortestPassword else {
      throw ControlError(.passwordTooShort, "A password has at least \(limits.shortestPassword) characters.")
    }
  }

  /// Refuses what would only make hashing a longer message free work for strangers.
  /// - Throws: ``ControlError/Code/passwordTooLong``
  func checkLength(_ password: String) throws {
    guard password.utf8.count <= limits.longestPassword else { throw ControlError(.passwordTooLong) }
  }
}
