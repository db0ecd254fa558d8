internal import HTTPTypes

extension LoginPage: Error {}

extension LoginPage {
  /// What a person is told who was not logged in.
  init(_ refusal: LoginService.Refusal) {
    let again = (path: "/auth/login", label: "Log in")
    switch refusal {
    case .controlAway:
      self.init(
        status: .serviceUnavailable, code: "control-unavailable", title: "New logins have to wait",
        text:
          "This region cannot reach the control plane, which says who you are. Sessions that are open go on; try again in a minute.",
        link: (again.path, "Try again"), retryAfter: 30)
    case .notArrived:
      self.init(
        status: .serviceUnavailable, code: "not-arrived", title: "Your account is on its way",
        text: "What this region needs to know about you has not arrived yet. Try again in a moment.",
        link: (again.path, "Try again"), retryAfter: 5)
    case .token:
      self.init(
        status: .badGateway, code: "login-not-believed", title: "This login could not be verified",
        text: "What came back was not the control plane's word for this login. Nothing was opened.", link: again)
    case .code:
      self.init(
        status: .badRequest, code: "login-code-refused", title: "This login has been used already",
        text: "The control plane does not accept it any more. Start again.", link: again)
    case .ended:
      self.init(
        status: .unauthorized, code: "login-ended", title: "You have been logged out meanwhile", text: "Log in again.",
        link: again)
    case .suspended:
      self.init(
        status: .forbidden, code: "account-suspended", title: "The account is suspended",
        text: "Ask the administrator of your organization.")
    }
  }
}
