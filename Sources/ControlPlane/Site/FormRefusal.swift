internal import HTTPTypes
internal import Hummingbird
internal import Web

/// How a refusal is said in the form that was refused: at which field, in which words, with which status.
struct FormRefusal: Sendable {
  let fields: [String]
  let text: String
  let status: HTTPResponse.Status
  let retryAfter: Int?

  /// Nil for what no entry can mend; that becomes a page of its own.
  init?(_ error: any Error) {
    guard let error = error as? ControlError, let (fields, text) = Self.words(error) else { return nil }
    let problem = error.problem
    self.fields = fields
    self.text = text
    retryAfter = problem.retryAfter
    // 401 asks for a challenge that pages do not have.
    status = problem.status == .unauthorized ? .forbidden : problem.status
  }

  /// The form as it was sent, with the refusal in it.
  func form(_ form: Form, _ entered: FormBody) -> Form {
    let field = fields.first { name in form.fields.contains { $0.name == name } }
    return form.filled(entered).wrong(text, at: field)
  }

  private static func words(_ error: ControlError) -> (fields: [String], text: String)? {
    switch error.code {
    case .emailInvalid: (["email"], "Enter an e-mail address such as name@example.com.")
    case .nameInvalid: (["name"], "Enter a name of at most 200 bytes.")
    case .passwordTooShort: (["password"], error.detail ?? "This password is too short.")
    case .passwordTooLong: (["password"], "This password is too long.")
    case .passwordCommon: (["password"], "This password is among the first that anybody tries. Take another one.")
    case .passwordWrong, .credentialsInvalid: (["current"], "The password is wrong.")
    case .proofNeeded: (["current"], "Enter your password.")
    case .codeInvalid: (["code"], "The code is wrong or was used. Take the next one that your device shows.")
    case .secondFactorNeeded:
      ([], "Your password is too short to be the only step. Change it to a longer one first, then turn this off.")
    case .soleOwner: ([], error.detail ?? "An organization would have no owner.")
    case .tooManyAttempts: ([], "Too many attempts. Wait \(Self.wait(error.retryAfter ?? 1)), then try again.")
    case .scopeInvalid: (["scopes"], sentence(error.detail) ?? "These scopes cannot be used.")
    case .tooManyAPITokens: ([], "The organization has as many tokens as it may. Revoke one that is not needed.")
    case .roleInsufficient: ([], error.detail ?? "Your role does not allow this.")
    case .busy: ([], "Very many people are logging in right now. Try again in a moment.")
    case .slugInvalid: (["slug"], sentence(error.detail) ?? "This short name cannot be used.")
    case .slugTaken: (["slug"], "This short name belongs to another organization.")
    case .tooManyAliases:
      (["slug"], "It has had so many short names lately that no further one can rest. Wait, or take one back.")
    case .regionUnknown: (["region"], "Choose one of the regions.")
    case .regionNotReady: (["region"], "This region is not ready yet.")
    case .tooManyOperations: ([], "You have too many organizations under way. Try again in half a minute.")
    case .reconciling: ([], "Nothing can be created right now. Try again in a few minutes.")
    default: nil
    }
  }

  /// Seconds in words.
  private static func wait(_ seconds: Int) -> String {
    if seconds < 90 { return seconds == 1 ? "a second" : "\(seconds) seconds" }
    return "\((seconds + 59) / 60) minutes"
  }

  /// A detail as a sentence.
  private static func sentence(_ detail: String?) -> String? {
    detail.map { $0.prefix(1).uppercased() + $0.dropFirst() + ($0.hasSuffix(".") ? "" : ".") }
  }
}

extension SiteContext {
  /// Answers with the form again when `error` is a matter of what was entered; throws it on otherwise.
  func again(
    _ request: Request, _ error: any Error, title: String, lead: String? = nil, form: Form, entered: FormBody,
    ways: [PageContext] = []
  ) throws -> Response {
    guard let refusal = FormRefusal(error) else { throw error }
    var response = try entry(
      request, title: title, lead: lead, form: refusal.form(form, entered), ways: ways, status: refusal.status)
    if let retryAfter = refusal.retryAfter { response.headers[.retryAfter] = String(retryAfter) }
    return response
  }
}
