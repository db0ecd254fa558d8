/// The sections of the settings.
enum SettingsSection: CaseIterable, Sendable {
  case profile, password, secondFactor, sessions, tokens, deletion

  var label: String {
    switch self {
    case .profile: "Profile"
    case .password: "Password"
    case .secondFactor: "Two-step login"
    case .sessions: "Sessions"
    case .tokens: "API tokens"
    case .deletion: "Delete account"
    }
  }

  var path: String {
    switch self {
    case .profile: "/settings"
    case .password: "/settings/password"
    case .secondFactor: "/settings/second-factor"
    case .sessions: "/settings/sessions"
    case .tokens: "/settings/tokens"
    case .deletion: "/settings/delete"
    }
  }
}
