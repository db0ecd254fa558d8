/// Which certificate authorities vouch for an upstream.
package enum ForwardTrust: Sendable, Hashable {
  /// Those of the operating system.
  case system
  /// Those of a file in PEM, and no others.
  case file(String)
}
