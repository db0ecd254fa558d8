/// Why the region agent cannot join, start or go on. The description is one line that says what to do and holds no secret.
package struct RegionError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, Hashable, CaseIterable {
    /// The pin is not `sha256:` and 64 hexadecimal digits.
    case badPin = "bad_pin"
    /// The address of control is neither https nor http on this machine.
    case badURL = "bad_url"
    /// The token is not of the form of a join token.
    case badToken = "bad_token"
    /// No trusted root signed the manifest.
    case wrongPin = "wrong_pin"
    case manifestExpired = "manifest_expired"
    case developmentRefused = "development_refused"
    case manifestMalformed = "manifest_malformed"
    case controlUnreachable = "control_unreachable"
    case tokenInvalid = "token_invalid"
    case tokenUsed = "token_used"
    case keyRefused = "key_refused"
    case refused
    case alreadyJoined = "already_joined"
    case notJoined = "not_joined"
    case regionMismatch = "region_mismatch"
    case fileUnreadable = "file_unreadable"
    case fileUnwritable = "file_unwritable"
    case fileDamaged = "file_damaged"
    case noRandomness = "no_randomness"
  }

  package let code: Code
  package let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
