/// Where an organization stands in its life at control.
public enum OrganizationHomeState: String, Sendable, Hashable, CaseIterable {
  /// The slug is reserved and the home decided; the region has not reported the organization yet.
  case provisioning
  case active
  /// The region reported the end; its rows are leaving.
  case deleting
}
