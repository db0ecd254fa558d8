/// The paths of the OpenID provider, below control's own URL.
package enum ProviderPath {
  package static let discovery = "/.well-known/openid-configuration"
  package static let keys = "/oauth/jwks"
  package static let authorize = "/oauth/authorize"
  package static let consent = "/oauth/consent"
  package static let token = "/oauth/token"
  package static let userInfo = "/oauth/userinfo"
  package static let revoke = "/oauth/revoke"
  package static let logout = "/oauth/logout"
  /// Where the form is sent that asks a person whether to log out.
  package static let confirmLogout = "/oauth/logout/confirm"
}
