internal import Crypto
internal import FoundationEssentials
internal import Silo

/// The tokens that forms carry against cross-site request forgery: an HMAC over the cookie that the form is bound to, so nothing is stored, and a form
/// of one session is worth nothing in another.
struct FormTokens: Sendable {
  private let key: SymmetricKey

  init(secretKey: SecretKey) { key = SymmetricKey(data: secretKey.derived(for: "browser.form-token")) }

  /// The token of forms bound to a cookie. Another cookie with the same value has another token.
  func token(boundTo value: String, of cookie: BrowserCookie) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: Array("\(cookie.rawValue)\n\(value)".utf8), using: key)
    return Self.text(Array(code))
  }

  func isValid(_ token: String, boundTo value: String, of cookie: BrowserCookie) -> Bool {
    equalInConstantTime(Array(token.utf8), Array(self.token(boundTo: value, of: cookie).utf8))
  }

  /// A fresh value to bind forms to: 32 random bytes.
  static func freshBinding() -> String { text(SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }) }

  /// Whether a cookie's value could be one of ``freshBinding()``.
  static func isBinding(_ text: String) -> Bool {
    text.utf8.count == 43
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
          || byte == 0x5F
      }
  }

  private static func text(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
