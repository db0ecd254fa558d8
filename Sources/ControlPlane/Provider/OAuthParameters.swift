internal import Web

/// The parameters of a request, each at most once (RFC 6749 §3.1); one without a value counts as left out.
struct OAuthParameters: Sendable {
  private let form: FormBody

  init(_ form: FormBody) { self.form = form }

  /// - Throws: ``OAuthError/Code/invalidRequest`` for a parameter that is there twice.
  func optional(_ name: String) throws(OAuthError) -> String? {
    let values = form.all(name)
    guard values.count <= 1 else { throw OAuthError(.invalidRequest, "A parameter is there more than once: \(name)") }
    return values.first.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// - Throws: ``OAuthError/Code/invalidRequest`` for a parameter that is missing or there twice.
  func required(_ name: String) throws(OAuthError) -> String {
    guard let value = try optional(name) else { throw OAuthError(.invalidRequest, "A parameter is missing: \(name)") }
    return value
  }

  /// A parameter of visible ASCII and spaces, as OAuth takes them.
  func printable(_ name: String, bytes: Int) throws(OAuthError) -> String? {
    guard let value = try optional(name) else { return nil }
    guard value.utf8.count <= bytes, value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw OAuthError(.invalidRequest, "A parameter is too long or not printable ASCII: \(name)")
    }
    return value
  }
}
