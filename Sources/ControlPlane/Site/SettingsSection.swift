/// The sections of the settings.
enum SettingsSection: CaseIterable, Sendable {
  case profile, password, secondFactor, sessions, tokens, applications, deletion

  var label: String {
    switch self {
    case .profile: "Profile"
    case .password: "Password"
    case .secondFactor: "Two-step login"
    case .sessions: "Sessions"
    case .tokens: "API tokens"
    case .applications: "Applications"
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
    case .applications: "/settings/applications"
    case .deletion: "/settings/delete"
    }
  }
}
