internal import Crypto
internal import SyncProtocol

/// What a page of the region's host sends with a change, beside the session's cookie: proof that this host showed it to this browser.
///
/// It derives from the cookie's value, 256 random bits that no page and no other host can read. So nothing is stored, every agent of a region knows it, a form of one
/// session is worth nothing in another, and it does not lead back to the cookie.
public enum SessionFormToken {
  /// - Parameter session: the value of the session's cookie.
  public static func of(_ session: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("atoll-form-v1".utf8), using: SymmetricKey(data: Array(session.utf8)))
    return Base64.encode(Array(code))
  }

  /// Whether a text is the token of a session, in constant time.
  public static func isValid(_ text: String, for session: String) -> Bool {
    equalInConstantTime(Array(text.utf8), Array(of(session).utf8))
  }
}
