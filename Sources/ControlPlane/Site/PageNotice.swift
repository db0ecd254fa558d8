internal import Hummingbird

/// What has just been done, said once on the page that follows. A closed set: an address can choose a sentence but not write one.
enum PageNotice: String, CaseIterable {
  case verified, loggedOut = "logged-out", passwordSet = "password-set", passwordChanged = "password-changed"
  case emailChanged = "email-changed", emailAsked = "email-asked", nameChanged = "name-changed"
  case secondFactorOff = "second-factor-off", sessionEnded = "session-ended", othersEnded = "others-ended"
  case organizationCreated = "organization-created", joined, tokenRevoked = "token-revoked", deleted
  case accessWithdrawn = "access-withdrawn", slugChanged = "slug-changed"

  /// The one of the request's `done` parameter.
  init?(_ request: Request) {
    guard let done = request.uri.queryParameters["done"] else { return nil }
    self.init(rawValue: String(done))
  }

  var sentence: String {
    switch self {
    case .verified: "Your e-mail address is confirmed. You can log in now."
    case .loggedOut: "You are logged out."
    case .passwordSet: "Your new password is set. Every session that was open has ended: log in with it."
    case .passwordChanged: "Your password is changed, and your other sessions have ended."
    case .emailChanged: "Your e-mail address is changed."
    case .emailAsked: "Look into the mail of the new address: the change happens when you open the link in it."
    case .nameChanged: "Your name is changed."
    case .secondFactorOff: "Two-step login is off."
    case .sessionEnded: "The session has ended."
    case .othersEnded: "All sessions have ended, everywhere."
    case .organizationCreated: "The organization is created."
    case .joined: "You have joined the organization."
    case .tokenRevoked: "The token is revoked. Regions refuse it within seconds."
    case .deleted: "Your account is deleted."
    case .slugChanged: "The short name is changed."
    case .accessWithdrawn: "You have taken that back. The application asks again, or stays out."
    }
  }
}
