extension SyncProblem {
  /// Stable names of refusals. What each asks of the other side is in docs/protocol.md §8.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    case sessionFenced = "SESSION_FENCED"
    case standby = "STANDBY"
    case counterFell = "COUNTER_FELL"
    case cloneSuspected = "CLONE_SUSPECTED"
    case versionUnsupported = "VERSION_UNSUPPORTED"
    case batchRefused = "BATCH_REFUSED"
    case badMessage = "BAD_MESSAGE"
    case bodyTooLarge = "BODY_TOO_LARGE"
    case signatureRefused = "SIGNATURE_REFUSED"
    case pendingApproval = "PENDING_APPROVAL"
    case revoked = "REVOKED"
    case wrongSilo = "WRONG_SILO"
    case retryLater = "RETRY_LATER"
    case joinTokenInvalid = "JOIN_TOKEN_INVALID"
    case joinTokenUsed = "JOIN_TOKEN_USED"
    case keyRefused = "KEY_REFUSED"
    case keyInUse = "KEY_IN_USE"

    /// The HTTP status that carries it.
    public var status: Int {
      switch self {
      case .sessionFenced, .standby, .counterFell, .cloneSuspected: 409
      case .joinTokenUsed, .keyInUse: 409
      case .versionUnsupported, .batchRefused, .badMessage, .keyRefused: 400
      case .bodyTooLarge: 413
      case .signatureRefused, .joinTokenInvalid: 401
      case .pendingApproval, .revoked: 403
      case .wrongSilo: 404
      case .retryLater: 503
      }
    }

    public var title: String {
      switch self {
      case .sessionFenced: "A later session of this region has begun"
      case .standby: "Another agent of this region is active"
      case .counterFell: "The key's counter fell: a copy of the key may be in use"
      case .cloneSuspected: "Another process with this key took over: a copy of this region may be running"
      case .versionUnsupported: "No version in common"
      case .batchRefused: "The batch breaks a rule"
      case .badMessage: "The message is not what this route takes"
      case .bodyTooLarge: "The message is larger than this route takes"
      case .signatureRefused: "The signature is refused"
      case .pendingApproval: "An operator has to approve this region first"
      case .revoked: "The key was revoked"
      case .wrongSilo: "This route belongs to another silo"
      case .retryLater: "Come back later"
      case .joinTokenInvalid: "The join token is unknown or expired"
      case .joinTokenUsed: "The join token was used with another key"
      case .keyRefused: "The key is weak or not proven"
      case .keyInUse: "The key belongs to another region"
      }
    }
  }

  /// A message that failed verification.
  public init(_ failure: VerificationFailure) {
    self.init(.signatureRefused, failure.detail)
    reason = failure.code.rawValue
  }

  /// A message that was signed but cannot be used.
  public init(_ error: WireError) {
    switch error.code {
    case .tooLarge: self.init(.bodyTooLarge, error.detail)
    case .contentType, .compression, .document, .framing: self.init(.badMessage, error.detail)
    default: self.init(.batchRefused, error.detail)
    }
    reason = error.code.rawValue
  }

  public init(_ error: JSONError) {
    self.init(error.code == .tooLarge ? .bodyTooLarge : .badMessage, error.description)
    reason = error.code.rawValue
  }
}
