package import HTTPTypes

extension HTTPField.Name {
  /// `X-CSRF-Token`: what forms carry in `csrf`, for changes by a cookie that are no forms.
  package static let csrfToken = HTTPField.Name("X-CSRF-Token") ?? .via
}

extension Problem {
  /// A change by a cookie whose page did not have its session's token. - Parameter source: where a page gets it.
  package static func csrfToken(from source: String) -> Problem {
    Problem(
      .forbidden, "csrf-token", title: "This change does not carry its session's token",
      detail: "Send \(source) as X-CSRF-Token.")
  }
}
