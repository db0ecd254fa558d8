/// What a page with a form needs: the token that the form carries, and the cookie that it is bound to when the browser has none yet.
package struct FormGuard: Sendable, Hashable {
  package let csrf: String
  /// A `Set-Cookie` value that the answer with the form must carry.
  package let cookie: String?
}
