/// The name of an organization in URLs and host names: a lower-case DNS label that is not reserved.
public struct OrganizationSlug: Sendable, Hashable, CustomStringConvertible {
  public let text: String

  /// - Throws: ``NameRefusal`` with the rule that the text breaks. Nothing is changed silently: who takes other spellings from people folds them first (``SlugSpelling``).
  public init(_ text: String) throws(NameRefusal) {
    do { try DNSLabel.check(text) } catch { throw NameRefusal(error) }
    guard !Self.reserved.contains(text) else { throw .reserved }
    // A slug that reads as an id would be ambiguous where a path takes either.
    guard OrganizationID(text) == nil else { throw .reserved }
    self.text = text
  }

  public var description: String { text }

  /// Names that Atoll, its hosts or well-known conventions need themselves.
  public static let reserved: Set<String> = [
    "admin", "api", "app", "assets", "atoll", "auth", "billing", "blog", "cdn", "control", "dev", "docs", "gateway",
    "health", "help",
    "ingest", "internal", "login", "logout", "mail", "me", "metrics", "monolith", "mx", "new", "ns", "oauth",
    "operator", "postmaster",
    "ready", "region", "regions", "root", "security", "signup", "smtp", "sso", "static", "status", "support", "sync",
    "system", "test",
    "webmaster", "well-known", "www",
  ]
}

/// Why a name was refused. The texts are for people and name no input.
public enum NameRefusal: String, Error, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case length
  case character
  case hyphen
  case reserved

  init(_ refusal: DNSLabel.Refusal) {
    switch refusal {
    case .length: self = .length
    case .character: self = .character
    case .hyphen: self = .hyphen
    }
  }

  public var description: String {
    switch self {
    case .length: "a name has 1 to 63 characters"
    case .character: "a name consists of a-z, 0-9 and hyphens"
    case .hyphen:
      "a name neither begins nor ends with a hyphen, and its third and fourth characters are not both hyphens"
    case .reserved: "this name is reserved"
    }
  }
}
