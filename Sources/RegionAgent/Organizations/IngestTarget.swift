package import Silo

/// What a project key stands for: whose data a client sends with it.
package struct IngestTarget: Sendable, Hashable {
  package let key: ProjectKeyID
  package let isActive: Bool
  package let project: ProjectID
  package let number: ProjectNumber
  package let organization: OrganizationID
  package let slug: String
  /// Of the organization's home here.
  package let generation: Int64
}
