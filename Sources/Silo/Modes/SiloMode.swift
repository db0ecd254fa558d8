/// What one process is: the same binary serves every mode, the mode is configuration (`ATOLL_SILO_MODE`).
public enum SiloMode: String, Sendable, Hashable, CaseIterable {
  case control
  case region
  /// Both silos in one process. Their databases, roles and logs stay two.
  case monolith

  /// Whether a process of this mode may hold the database and serve the routes of `silo`.
  public func holds<S: Silo>(_ silo: S.Type) -> Bool {
    self == .monolith || self == S.mode
  }
}
