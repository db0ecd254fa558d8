internal import Silo
internal import Web

/// What a client asks of the logout endpoint (OpenID Connect RP-Initiated Logout §2).
struct LogoutRequest: Sendable {
  let hint: String?
  let clientID: String?
  /// Where to go on, if it is the client's.
  let target: String?
  let state: String?
  /// Control's session that the client thinks of; proves nothing.
  let sessionHint: String?

  init(_ parameters: OAuthParameters) throws(OAuthError) {
    hint = try parameters.printable("id_token_hint", bytes: 4096)
    clientID = try parameters.printable("client_id", bytes: 64)
    target = try parameters.printable("post_logout_redirect_uri", bytes: RedirectURI.maximum)
    state = try parameters.printable("state", bytes: 1024)
    sessionHint = try parameters.printable("logout_hint", bytes: 255)
  }

  /// The request again, for the form that confirms it.
  var fields: [(String, String)] {
    [
      ("id_token_hint", hint), ("client_id", clientID), ("post_logout_redirect_uri", target), ("state", state),
      ("logout_hint", sessionHint),
    ].compactMap { name, value in value.map { (name, $0) } }
  }
}
