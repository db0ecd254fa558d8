/// Whether a person may act anywhere. No status means refused.
public enum UserStatus: String, Sendable, Hashable, CaseIterable {
  case active
  case suspended
  case deleted
}
