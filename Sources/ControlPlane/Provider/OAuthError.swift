internal import HTTPTypes
package import Hummingbird
internal import SyncProtocol
internal import Web

/// A refusal in the words of OAuth (RFC 6749 §5.2, §4.1.2.1; OpenID Connect Core §3.1.2.6; RFC 8707 §2; RFC 9101 §7).
package struct OAuthError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, Hashable, CaseIterable {
    case invalidRequest = "invalid_request"
    case invalidClient = "invalid_client"
    case invalidGrant = "invalid_grant"
    case unauthorizedClient = "unauthorized_client"
    case unsupportedGrantType = "unsupported_grant_type"
    case unsupportedResponseType = "unsupported_response_type"
    case unsupportedTokenType = "unsupported_token_type"
    case invalidScope = "invalid_scope"
    case invalidTarget = "invalid_target"
    case accessDenied = "access_denied"
    case loginRequired = "login_required"
    case consentRequired = "consent_required"
    case requestNotSupported = "request_not_supported"
    case requestURINotSupported = "request_uri_not_supported"
    case registrationNotSupported = "registration_not_supported"
    case temporarilyUnavailable = "temporarily_unavailable"
  }

  package let code: Code
  /// What exactly, for the client's developer: ASCII without quotes and backslashes, and nothing of the request.
  package let detail: String

  package init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  package var description: String { "\(code.rawValue): \(detail)" }

  /// The answer of an endpoint that answers in JSON.
  /// - Parameter usedBasic: whether the client tried HTTP authentication, which the answer must then name.
  package func response(usedBasic: Bool = false, isThrottled: Bool = false) -> Response {
    let status: HTTPResponse.Status =
      switch code {
      case .invalidClient: .unauthorized
      case .temporarilyUnavailable: isThrottled ? .tooManyRequests : .serviceUnavailable
      default: .badRequest
      }
    var response = Response(
      json: ["error": .string(code.rawValue), "error_description": .string(detail)], status: status)
    if code == .invalidClient, usedBasic { response.headers[.wwwAuthenticate] = "Basic realm=\"token endpoint\"" }
    if code == .temporarilyUnavailable { response.headers[.retryAfter] = "2" }
    return response
  }
}
