internal import HTTPTypes

/// The headers of every page.
///
/// Nothing inline runs or styles, nobody frames a page, forms go home (or to the named origins), and no address with a token in it leaves as a referrer.
/// The referrer policy is `same-origin` and not `no-referrer`: under that one browsers send `Origin: null` with our own forms.
enum PageHeaders {
  static func fields(formTargets: [String] = []) -> HTTPFields {
    var headers = HTTPFields()
    headers[.contentType] = "text/html; charset=utf-8"
    headers[.cacheControl] = "no-store"
    headers[.contentSecurityPolicy] = policy(formTargets)
    headers[.xContentTypeOptions] = "nosniff"
    for (name, value) in fixed {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    return headers
  }

  private static let fixed = [
    ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"), ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
  ]

  private static func policy(_ formTargets: [String]) -> String {
    let targets = formTargets.compactMap { ControlSite($0)?.url ?? privateScheme($0) }
    return [
      "default-src 'none'", "style-src 'self'", "img-src 'self' data:",
      (["form-action 'self'"] + targets).joined(separator: " "), "frame-ancestors 'none'", "base-uri 'none'",
    ].joined(separator: "; ")
  }

  /// The scheme of a native client's redirect, such as `com.example.app:`.
  private static func privateScheme(_ text: String) -> String? {
    guard let scheme = text.split(separator: ":", omittingEmptySubsequences: false).first, scheme.contains("."),
      scheme.utf8.allSatisfy({ byte in
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2E || byte == 0x2D || byte == 0x2B
      })
    else { return nil }
    return "\(scheme):"
  }
}
