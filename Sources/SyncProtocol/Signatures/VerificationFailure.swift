/// Why a message of sync-v1 or forward-v1 is refused.
public struct VerificationFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// The codes of the shared test vectors, no more and no less.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// No signature with the label of the profile.
    case signatureMissing = "signature_missing"
    /// A signature field that does not parse, is over a limit or repeats something; a parameter outside the profile.
    case parameterRefused = "parameter_refused"
    case tagMismatch = "tag_mismatch"
    /// Nobody's key, or one that is not active.
    case keyUnknown = "key_unknown"
    case keyPurpose = "key_purpose"
    /// A required component is not signed.
    case coverageMissing = "coverage_missing"
    case clockSkew = "clock_skew"
    case expired
    case signatureInvalid = "signature_invalid"
    /// The body is not the one that was signed, or no SHA-256 digest says which was.
    case digestMismatch = "digest_mismatch"
    case audienceMismatch = "audience_mismatch"
    case nonceReplayed = "nonce_replayed"
  }

  public let code: Code
  /// What exactly, for the log of the verifier. Holds nothing of the message but names.
  public let detail: String

  public init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  public var description: String { "\(code.rawValue): \(detail)" }
}
