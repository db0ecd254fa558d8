/// What surrounds every page: who is logged in, where they are and what has just happened.
package struct PageFrame: Sendable {
  /// The places of the main navigation.
  package enum Place: Sendable, Hashable {
    case organizations, settings
  }

  /// The address of whoever is logged in, or nil.
  package var email: String?
  /// The token of the form that logs out. Needed with an address.
  package var csrf: String?
  package var place: Place?
  /// One sentence about what was just done.
  package var notice: String?
  /// Cookies that the answer sets.
  package var cookies: [String] = []

  package init(email: String? = nil, csrf: String? = nil, place: Place? = nil, notice: String? = nil) {
    self.email = email
    self.csrf = csrf
    self.place = place
    self.notice = notice
  }

  var context: PageContext {
    var context: PageContext = ["notice": .optional(notice)]
    if let email, let csrf {
      context["person"] = .context(["email": .text(email)])
      context["csrf"] = .text(csrf)
    }
    context["atOrganizations"] = .flag(place == .organizations)
    context["atSettings"] = .flag(place == .settings)
    return context
  }
}
