/// How a request that was passed on to a region ended, as metrics tell it.
enum LaneOutcome: String, Sendable, Hashable, CaseIterable {
  case success = "2xx"
  case redirection = "3xx"
  case callerError = "4xx"
  case serverError = "5xx"
  /// The region answered, and the answer is not passed on: a page, a stale home, a signature that it does not believe.
  case withheld
  /// It did not answer as a region does.
  case failed

  init(status: Int) {
    self =
      switch status / 100 {
      case 2: .success
      case 3: .redirection
      case 4: .callerError
      default: .serverError
      }
  }
}
