internal import HTTPTypes

/// A request that brought no answer to pass on.
package struct ForwardFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, Hashable, CaseIterable {
    /// No connection.
    case unreachable
    /// The upstream made no progress in time.
    case timedOut = "timed_out"
    /// The connection ended before the answer did.
    case brokenOff = "broken_off"
    /// What came is not an answer of HTTP.
    case refusedAnswer = "refused_answer"
    /// The request's body is larger than its route takes.
    case tooLarge = "too_large"
    /// The caller made no progress in time.
    case callerTooSlow = "caller_too_slow"
    /// The request's path, framing or header cannot be passed on safely.
    case badRequest = "bad_request"
    /// The upstream began its answer and waits for more of the request, while its caller waits for the answer.
    case answeredEarly = "answered_early"
    /// The request asks for another protocol.
    case upgradeRefused = "upgrade_refused"
  }

  package let code: Code
  /// Whether the upstream may have seen the request: then only a repeatable one may be sent again.
  package let isSent: Bool
  /// For the log; holds nothing of the message.
  package let detail: String

  package init(_ code: Code, isSent: Bool = false, _ detail: String) {
    self.code = code
    self.isSent = isSent
    self.detail = detail
  }

  package var description: String { "\(code.rawValue): \(detail)" }
}

extension ForwardFailure: ProblemConvertible {
  package var problem: Problem {
    switch code {
    case .unreachable:
      Problem(
        .badGateway, "upstream-unreachable", title: "The server behind this one cannot be reached",
        detail: "Nothing was done. Try again.", retryAfter: 1)
    case .timedOut:
      Problem(
        .gatewayTimeout, "upstream-timeout", title: "The server behind this one did not answer in time",
        detail: isSent ? "It may have done what was asked." : "Nothing was done. Try again.")
    case .brokenOff:
      Problem(
        .badGateway, "upstream-broken-off", title: "The server behind this one broke off",
        detail: isSent ? "It may have done what was asked." : "Nothing was done. Try again.")
    case .refusedAnswer:
      Problem(
        .badGateway, "upstream-answer-refused", title: "The answer of the server behind this one is not passed on")
    case .tooLarge: .tooLarge
    case .callerTooSlow: Problem(.requestTimeout, "request-too-slow", title: "The request came too slowly")
    case .badRequest: .badRequest(detail)
    case .answeredEarly:
      Problem(
        .notImplemented, "answered-early", title: "An answer does not pass before its request is complete",
        detail: "The server behind this one began to answer and waits for the rest. It may have done what was asked.")
    case .upgradeRefused:
      Problem(
        .notImplemented, "upgrade-not-passed", title: "WebSockets do not pass here",
        detail: "Nothing was done. Server-sent events and long polls pass.")
    }
  }
}
