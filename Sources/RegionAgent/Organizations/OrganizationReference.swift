package import Silo

/// How a URL names an organization: by id or by slug. A text that is an id is never taken for a slug.
package enum OrganizationReference: Sendable, Hashable {
  case id(OrganizationID)
  case slug(String)

  /// Returns nil for a text that can be neither, such as one longer than a DNS label.
  package init?(_ text: String) {
    if let id = OrganizationID(text) {
      self = .id(id)
    } else if (1...63).contains(text.utf8.count), !text.utf8.contains(0) {
      self = .slug(text)
    } else {
      return nil
    }
  }
}
