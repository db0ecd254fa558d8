/// The pages there are; the raw value is the name of the template in `pages/`.
package enum PageTemplate: String, Sendable, Hashable, CaseIterable {
  /// A heading, a few sentences and one form: everything before login.
  case entry
  /// A heading, sentences and perhaps a way on.
  case message
  case organizations
  /// A section of the settings: cards beside a list of the sections.
  case settings
  /// The mails of a development control plane, and one of them.
  case mails, mail
  /// A client asks for access.
  case consent

  /// Narrow pages are one card; wide ones have lists.
  var isNarrow: Bool {
    switch self {
    case .entry, .message, .consent: true
    case .organizations, .settings, .mails, .mail: false
    }
  }
}
