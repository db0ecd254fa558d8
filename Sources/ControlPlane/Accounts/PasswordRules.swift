internal import Silo

/// What a new password has to be (NIST SP 800-63B-4 §3.1.1): long, and not one of those that everybody tries. No rules about its composition.
struct PasswordRules: Sendable {
  private let limits: ControlLimits

  init(limits: ControlLimits) { self.limits = limits }

  /// - Parameters:
  ///   - hasSecondFactor: whether the person has another factor in force: then a shorter one does.
  ///   - email: the person's address; neither it nor the part before the @ is a password, nor is the name.
  /// - Throws: ``ControlError``
  func check(_ password: String, hasSecondFactor: Bool, email: String, name: String) throws {
    try checkLength(password)
    let shortest = hasSecondFactor ? limits.shortestPasswordOfTwo : limits.shortestPassword
    guard password.unicodeScalars.count >= shortest else {
      throw ControlError(
        .passwordTooShort,
        hasSecondFactor
          ? "With a second factor a password has at least \(shortest) characters."
          : "A password has at least \(shortest) characters. A sentence is fine.")
    }
    let folded = CommonPasswords.folded(password)
    let own = [email, name, email.split(separator: "@").first.map(String.init) ?? email].map(CommonPasswords.folded)
    guard !own.contains(folded), !CommonPasswords.contains(folded: folded) else {
      throw ControlError(.passwordCommon, "It is among the first that anybody tries. Take another one.")
    }
  }

  /// Refuses what would only make hashing a longer message free work for strangers.
  /// - Throws: ``ControlError/Code/passwordTooLong``
  func checkLength(_ password: String) throws {
    guard password.utf8.count <= limits.longestPassword else { throw ControlError(.passwordTooLong) }
  }
}
