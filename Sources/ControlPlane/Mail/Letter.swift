/// What control writes to people. Nothing that a stranger typed stands in a letter but the address it goes to.
package struct Letter: Sendable, Hashable {
  package let subject: String
  package let text: String

  private init(_ subject: String, _ paragraphs: String...) {
    self.subject = subject
    text = paragraphs.joined(separator: "\n\n") + "\n"
  }

  /// To somebody who asked for an account.
  static func signUp(at site: ControlSite, token: String) -> Letter {
    Letter(
      "Confirm your e-mail address",
      "Somebody, hopefully you, asked for an account at \(site) with this e-mail address.",
      "Open this page to confirm that it is yours:", "\(site)/signup/verify?token=\(token)",
      "It works once, for 24 hours. If you did not ask for an account, do nothing: without your confirmation there is none."
    )
  }

  /// To somebody who has an account already.
  static func signUpAgain(at site: ControlSite) -> Letter {
    Letter(
      "You have an account already",
      "Somebody, hopefully you, asked for an account at \(site) with this e-mail address. There is one already.",
      "Log in at \(site)/login or, if you do not know your password, set a new one at \(site)/forgot",
      "If you did not ask for an account, do nothing: nothing has changed.")
  }
}
