/// What control writes to people. Nothing that a stranger typed stands in a letter but the address it goes to.
package struct Letter: Sendable, Hashable {
  package let subject: String
  package let text: String

  private init(_ subject: String, _ paragraphs: String...) {
    self.subject = subject
    text = paragraphs.joined(separator: "\n\n") + "\n"
  }
}

// MARK: To somebody who has to confirm

extension Letter {
  /// To somebody who asked for an account.
  static func signUp(at site: ControlSite, token: String) -> Letter {
    Letter(
      "Confirm your e-mail address",
      "Somebody, hopefully you, asked for an account at \(site) with this e-mail address.",
      "Open this page to confirm that it is yours:", "\(site)/signup/verify?token=\(token)",
      "It asks for the password that you chose, and works once, for 24 hours.",
      "If you did not ask for an account, or chose no password, do nothing: without your confirmation there is none."
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

  /// To somebody who forgot their password.
  static func reset(at site: ControlSite, token: String) -> Letter {
    Letter(
      "Set a new password",
      "Somebody, hopefully you, wants to set a new password for the account at \(site) with this e-mail address.",
      "Open this page to do it:", "\(site)/reset?token=\(token)",
      "It works once, for an hour. If it was not you, do nothing: your password stays as it is.")
  }

  /// To somebody who forgot which address their account has.
  static func noAccount(at site: ControlSite) -> Letter {
    Letter(
      "There is no account with this address",
      "Somebody, hopefully you, wants to set a new password at \(site), but there is no account with this e-mail address.",
      "If you have an account there, it has another address. If it was not you, do nothing.")
  }

  /// To the new address of somebody who has an account.
  static func confirmEmail(at site: ControlSite, token: String) -> Letter {
    Letter(
      "Confirm your new e-mail address",
      "Somebody, hopefully you, wants this to be the e-mail address of their account at \(site).",
      "Open this page to confirm that it is yours:", "\(site)/settings/email/verify?token=\(token)",
      "It works once, for 24 hours. If it was not you, do nothing: nothing changes without your confirmation.")
  }

  /// To the address of another account.
  static func emailTaken(at site: ControlSite) -> Letter {
    Letter(
      "This address has an account already",
      "Somebody, hopefully you, wants this to be the e-mail address of their account at \(site), but it has an account already.",
      "Delete that account, or give it another address, first. If it was not you, do nothing: nothing has changed.")
  }
}

// MARK: To somebody whose account has changed

extension Letter {
  static func passwordChanged(at site: ControlSite) -> Letter {
    Letter(
      "Your password was changed",
      "The password of your account at \(site) was changed, and everybody who was logged in with it has to log in again.",
      "If it was not you, set a new one at once: \(site)/forgot")
  }

  static func emailChanged(at site: ControlSite) -> Letter {
    Letter(
      "Your e-mail address was changed",
      "Your account at \(site) has another e-mail address now. This one no longer belongs to it.",
      "If it was not you, ask those who run \(site) for help at once: whoever did it knew your password.")
  }

  static func secondFactorOn(at site: ControlSite) -> Letter {
    Letter(
      "Your account has a second factor",
      "From now on logging in at \(site) takes your password and a code of your device.",
      "If it was not you, set a new password at once: \(site)/forgot")
  }

  static func recoveryCodesRenewed(at site: ControlSite) -> Letter {
    Letter(
      "Your recovery codes were renewed",
      "Your account at \(site) has new recovery codes. The old ones are none any more.",
      "If it was not you, set a new password at once: \(site)/forgot")
  }

  static func secondFactorOff(at site: ControlSite) -> Letter {
    Letter(
      "Your account has no second factor any more",
      "From now on logging in at \(site) takes your password alone.",
      "If it was not you, set a new password at once: \(site)/forgot")
  }

  /// - Parameter organization: a slug, which can be no stranger's sentence.
  static func apiTokenMade(at site: ControlSite, organization: String) -> Letter {
    Letter(
      "A new API token acts in your name",
      "Somebody, hopefully you, made an API token of the organization \(organization) with your account at \(site).",
      "If it was not you, revoke it at \(site)/settings/tokens and set a new password at once: \(site)/forgot")
  }

  static func accountDeleted(at site: ControlSite) -> Letter {
    Letter(
      "Your account was deleted",
      "Your account at \(site) was deleted, with everything that was known of you there.",
      "If it was not you, ask those who run \(site) for help.")
  }
}
