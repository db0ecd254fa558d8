public import SyncProtocol

/// What a JWT says whose header, signature, issuer, audience and times are right. Claims of the purpose are still to be read.
public struct VerifiedJWT: Sendable, Hashable {
  /// The key that signed.
  public let kid: String
  public let claims: JSONObject
  /// Seconds since 1970.
  public let issuedAt: Int64
  public let expiresAt: Int64

  init(kid: String, claims: JSONObject, issuedAt: Int64, expiresAt: Int64) {
    self.kid = kid
    self.claims = claims
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
  }

  /// A claim that is a text of a length within `bytes`.
  /// - Throws: ``JWTRefusal/claims``
  public func text(_ name: String, bytes: ClosedRange<Int> = 1...255) throws(JWTRefusal) -> String {
    guard case .string(let text)? = claims[name], bytes.contains(text.utf8.count) else { throw .claims }
    return text
  }

  /// A text that is absent, or right.
  public func optionalText(_ name: String, bytes: ClosedRange<Int> = 1...255) throws(JWTRefusal) -> String? {
    claims[name] == nil ? nil : try text(name, bytes: bytes)
  }

  /// A claim that is an integer from 0 to 2^62.
  public func number(_ name: String) throws(JWTRefusal) -> Int64 {
    guard case .integer(let number)? = claims[name], (0...1 << 62).contains(number) else { throw .claims }
    return number
  }

  /// A claim that is an identifier in its 36-character form.
  public func identifier<Subject>(_ name: String) throws(JWTRefusal) -> Identifier<Subject> {
    guard let identifier = Identifier<Subject>(try text(name)) else { throw .claims }
    return identifier
  }
}
