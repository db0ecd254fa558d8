package import Silo

/// A region as the registry describes it. Says nothing about whether it answers.
package struct RegionEntry: Sendable, Hashable {
  package let number: RegionNumber
  package let name: RegionName
  package let locality: String
  /// Without a trailing slash.
  package let url: String
  package let category: RegionCategory
  package let gateway: GatewayPolicy
  package let state: RegionStore.State
  package let isVisible: Bool
  package let acceptsOrganizations: Bool

  package init(
    number: RegionNumber, name: RegionName, locality: String, url: String, category: RegionCategory = .multiTenant,
    gateway: GatewayPolicy = .allowed, state: RegionStore.State = .active, isVisible: Bool = true,
    acceptsOrganizations: Bool = true
  ) {
    self.number = number
    self.name = name
    self.locality = locality
    self.url = url
    self.category = category
    self.gateway = gateway
    self.state = state
    self.isVisible = isVisible
    self.acceptsOrganizations = acceptsOrganizations
  }
}
