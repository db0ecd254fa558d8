internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

/// What is whose between clients, Atoll and the application on one host.
enum ApplicationCredentials {
  /// What names of Atoll's own cookies begin with, in lower case.
  private static let cookies = ["__host-atoll-", "__secure-atoll-", "atoll-"]

  /// What secrets of Atoll's begin with.
  private static let secrets = (TokenFormat.allCases.map(\.rawValue) + [APITokenFormat.prefix]).map { Array($0.utf8) }

  /// Whether `Authorization` holds a credential of Atoll's, whatever it is worth and however it is wrapped. Others are the application's own.
  static func areAtolls(_ request: Request) -> Bool {
    request.headers[values: .authorization].contains { value in
      if holdsSecret(Array(value.utf8)) { return true }
      return value.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "," }).contains { part in
        isAccessToken(part) || Base64.decode(part.utf8, .standard).map(holdsSecret) ?? false
      }
    }
  }

  /// Whether a word begins as a secret of Atoll's does; within a word it is chance.
  private static func holdsSecret(_ bytes: [UInt8]) -> Bool {
    bytes.indices.contains { start in
      guard bytes[start] == UInt8(ascii: "a"), start == 0 || !isWordByte(bytes[start - 1]) else { return false }
      return secrets.contains { bytes[start...].starts(with: $0) }
    }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }

  /// Whether `Authorization` names a project key, which is no secret.
  static func nameKey(_ request: Request) -> Bool {
    request.headers[values: .authorization].allSatisfy { $0.lowercased().hasPrefix("sentry ") }
  }

  /// Prefixes of names by which proxies tell applications who asks, and names that read as others with `_` for `-`: nobody outside says such things.
  private static let claims = [
    "x-forwarded-", "x-auth-request-", "x-authenticated-", "x-remote-", "remote-", "ssl-client-", "x-ssl-",
    "x-middleware-", "x-client-cert",
  ]

  /// The fields of a request that may go on at all.
  static func passable(_ fields: HTTPFields) -> HTTPFields {
    HTTPFields(
      fields.filter { field in
        let name = field.name.canonicalName
        let spelling = name.replacing("_", with: "-").replacing(".", with: "-")
        return !claims.contains { spelling.hasPrefix($0) } && (spelling == name || spelling != "x-sentry-auth")
      })
  }

  /// Cookies of a request without Atoll's own; nil when none is left.
  static func foreignCookies(of request: Request) -> String? {
    let left = request.headers[values: .cookie].flatMap { $0.split(separator: ";") }
      .map { $0.trimming { $0 == " " || $0 == "\t" } }
      .filter { !$0.isEmpty && !isOwn($0) }
    return left.isEmpty ? nil : left.joined(separator: "; ")
  }

  /// Takes from an answer of the application what only the agent may say.
  static func clean(_ response: inout HTTPResponse) {
    response.headerFields = HTTPFields(
      response.headerFields.filter { field in
        switch field.name {
        case .setCookie: !isOwn(field.value.trimming { $0 == " " || $0 == "\t" })
        default: field.name.canonicalName != "x-request-id"
        }
      })
  }

  /// A cookie without a name is sent as its value alone, which may look like a name.
  private static func isOwn(_ cookie: Substring) -> Bool {
    let text = cookie.trimming { $0 == "=" || $0 == " " || $0 == "\t" }.lowercased()
    return cookies.contains { text.hasPrefix($0) }
  }

  /// A JWT that says of itself to be an access token (RFC 9068).
  private static func isAccessToken(_ text: Substring) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count <= 1024, let header = Base64.decode(parts[0].utf8) else { return false }
    return String(decoding: header, as: UTF8.self).contains("at+jwt")
  }
}

extension StringProtocol where SubSequence == Substring {
  /// Without characters at both ends that meet a condition.
  fileprivate func trimming(_ isOut: (Character) -> Bool) -> Substring {
    var rest = self[startIndex...]
    while let first = rest.first, isOut(first) { rest = rest.dropFirst() }
    while let last = rest.last, isOut(last) { rest = rest.dropLast() }
    return rest
  }
}
