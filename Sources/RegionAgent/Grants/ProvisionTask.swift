internal import Silo

/// A received row that the provisioner shall look at.
enum ProvisionTask: Sendable, Hashable {
  case grant(GrantID)
  case home(OrganizationID)
}
