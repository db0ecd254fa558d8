/// The role of someone who runs the control plane.
public enum OperatorRole: String, Sendable, Hashable, CaseIterable {
  /// Everything, including other operators.
  case owner
  /// Regions: creation, join tokens, approval, revocation.
  case `operator`
  /// Looks, changes nothing.
  case auditor

  public func allows(_ permission: OperatorPermission) -> Bool {
    switch permission {
    case .readStatus, .readAudit: true
    case .manageRegions: self != .auditor
    case .manageOperators, .manageKeys: self == .owner
    }
  }
}

/// What an operator can do through the operator API.
public enum OperatorPermission: String, Sendable, Hashable, CaseIterable {
  case readStatus
  case readAudit
  case manageRegions
  case manageOperators
  /// Manifests and control's own keys.
  case manageKeys
}
