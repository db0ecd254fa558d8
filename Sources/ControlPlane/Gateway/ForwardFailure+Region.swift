internal import Web

extension ForwardFailure {
  /// Whether it is the region that failed, and not the caller or the request.
  var isRegions: Bool {
    switch code {
    case .unreachable, .timedOut, .brokenOff, .refusedAnswer: true
    case .tooLarge, .callerTooSlow, .badRequest, .answeredEarly, .upgradeRefused: false
    }
  }
}
