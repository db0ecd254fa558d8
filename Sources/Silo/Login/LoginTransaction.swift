internal import Crypto
internal import SyncProtocol

/// A login under way, as the client of an OpenID Provider sees it. The browser keeps it alone, in a cookie; nobody else has to remember.
///
/// State, nonce and PKCE verifier (RFC 7636) all derive from one secret of the browser's, so an answer with another state, a token with another nonce and a
/// code that was asked for by another browser come to nothing. Whoever reads the address bar knows only the state and the challenge, which do not
/// lead back to the secret.
public struct LoginTransaction: Sendable, Hashable {
  private let secret: [UInt8]
  public let returnTo: OwnPath
  /// Seconds since 1970.
  public let started: Int64

  /// Seconds for which a login may be under way.
  public static let lifetime: Int64 = 600

  /// A login that begins now.
  public init(returnTo: OwnPath, now: Int64) {
    self.init(secret: TokenFormat.random(), returnTo: returnTo, started: now)
  }

  private init(secret: [UInt8], returnTo: OwnPath, started: Int64) {
    self.secret = secret
    self.returnTo = returnTo
    self.started = started
  }

  /// From the cookie's value; nil for every other text.
  public init?(cookie: String) {
    guard cookie.utf8.count <= 4000 else { return nil }
    let parts = cookie.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let secret = Base64.decode(parts[0].utf8), secret.count == 32,
      let started = Int64(parts[1]),
      let path = Base64.decode(parts[2].utf8), let returnTo = OwnPath(String(decoding: path, as: UTF8.self))
    else { return nil }
    self.init(secret: secret, returnTo: returnTo, started: started)
  }

  /// The cookie's value.
  public var cookie: String {
    "\(Base64.encode(secret)).\(started).\(Base64.encode(Array(returnTo.description.utf8)))"
  }

  /// What the cookie's name ends with, so that logins of several tabs do not disturb each other.
  public var tag: String { Self.tag(ofState: state) }

  /// The end of the cookie's name for a state that came back; whatever came.
  public static func tag(ofState state: String) -> String {
    String(decoding: state.utf8.prefix(12).filter(isTagByte), as: UTF8.self)
  }

  public var state: String { derived("state") }
  public var nonce: String { derived("nonce") }
  /// The code verifier: 43 characters.
  public var verifier: String { derived("verifier") }
  /// The code challenge by the method `S256`.
  public var challenge: String { Base64.encode(Array(SHA256.hash(data: Array(verifier.utf8)))) }

  public func isOver(now: Int64) -> Bool { now < started - 120 || now > started + Self.lifetime }

  /// Whether this is the login that a state belongs to, in constant time.
  public func isState(_ text: String) -> Bool { equalInConstantTime(Array(text.utf8), Array(state.utf8)) }

  private func derived(_ purpose: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("atoll-login-v1/\(purpose)".utf8), using: SymmetricKey(data: secret))
    return Base64.encode(Array(code))
  }

  private static func isTagByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }
}
