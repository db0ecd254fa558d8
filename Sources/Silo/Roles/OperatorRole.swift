/// The role of someone who runs the control plane.
public enum OperatorRole: String, Sendable, Hashable, CaseIterable {
  /// Everything, including other operators.
  case owner
  /// Regions: creation, join tokens, approval, revocation. Rings, and what is released to them.
  case `operator`
  /// Looks, changes nothing.
  case auditor

  public func allows(_ permission: OperatorPermission) -> Bool {
    switch permission {
    case .readStatus, .readAudit: true
    case .manageRegions, .manageReleases, .manageClients: self != .auditor
    case .manageOperators, .manageKeys, .manageUsers: self == .owner
    }
  }
}

/// What an operator can do through the operator API.
public enum OperatorPermission: String, Sendable, Hashable, CaseIterable {
  case readStatus
  case readAudit
  case manageRegions
  /// Rings, revisions of ring-gated items and their rollouts.
  case manageReleases
  /// Third-party clients of the OpenID provider.
  case manageClients
  case manageOperators
  /// People: taking them over from another system, suspending them.
  case manageUsers
  /// Manifests and control's own keys.
  case manageKeys
}
