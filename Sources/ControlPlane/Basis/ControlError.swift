/// A refusal of the control plane that a caller can act upon.
package struct ControlError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, Hashable, CaseIterable {
    case emailInvalid
    case tokenInvalid
    case passwordCommon
    case passwordWrong
    case proofNeeded
    case passwordHashUnknown
    case tooManyAttempts
    case loginExpired
    case codeInvalid
    case secondFactorOn
    case secondFactorOff
    case secondFactorNeeded
    case sessionUnknown
    case soleOwner
    case nameInvalid
    case passwordTooShort
    case passwordTooLong
    case busy
    case credentialsInvalid
    case slugInvalid
    case slugTaken
    case slugReserved
    case slugUnknown
    case tooManyAliases
    case swapInvalid
    case projectKeyUnknown
    case noSuchClaim
    case localityUnknown
    case regionClosed
    case regionUnknown
    case regionInvalid
    case regionTaken
    case regionNotReady
    case idempotencyKeyReused
    case tooManyOperations
    case operationUnknown
    case organizationUnknown
    case roleInsufficient
    case invitationInvalid
    case alreadyMember
    case noTokenKey
    case operatorTaken
    case nothingToApprove
    case reconciling
    case notReconciling
    case rotationOpen
    case manifestRefused
    case kindUnknown
    case apiTokenUnknown
    case scopeInvalid
    case tooManyAPITokens
    case comparisonOpen
    case ringUnknown
    case ringTaken
    case ringInUse
    case itemUnknown
    case itemsTooMany
    case revisionUnknown
    case rolloutRefused
    case clientUnknown
    case clientInvalid
    case tooManyClients
    case notInitialized
    case alreadyInitialized
  }

  package let code: Code
  /// What exactly, for the caller. Holds no secrets.
  package let detail: String?

  /// Seconds after which trying again makes sense.
  package let retryAfter: Int?

  package init(_ code: Code, _ detail: String? = nil, retryAfter: Int? = nil) {
    self.code = code
    self.detail = detail
    self.retryAfter = retryAfter
  }

  package var description: String { detail.map { "\(code.rawValue): \($0)" } ?? code.rawValue }
}
