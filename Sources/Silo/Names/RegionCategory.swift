/// How a region is run. Decides defaults of trust, nothing about the protocol.
public enum RegionCategory: String, Sendable, Hashable, CaseIterable {
  /// The vendor's own, for many organizations.
  case multiTenant = "multi_tenant"
  /// For one organization.
  case singleTenant = "single_tenant"
  /// On a customer's hardware.
  case customerHosted = "customer_hosted"

  /// Whether an operator must approve an agent's key before it may speak, unless the operator chose otherwise.
  public var requiresApprovalByDefault: Bool { self == .customerHosted }
}
