/// What `Strict-Transport-Security` says of a host (RFC 6797): for how long browsers that were here once reach it over TLS only, whatever a link or a network
/// tells them. Subdomains are not meant: they belong to regions, and maybe to customers.
package struct StrictTransport: Sendable, Hashable {
  /// Seconds; 0 makes browsers forget.
  package let seconds: Int

  package init(seconds: Int) { self.seconds = seconds }

  /// For a year.
  package static let year = StrictTransport(seconds: 31_536_000)

  /// The header's value for the host of a URL; nil for plain HTTP, for this machine, where it would also bind every other port, and for an address, where it means nothing.
  package func value(for url: String) -> String? {
    guard let host = PeerName(url: url)?.host, host != "localhost", !host.hasSuffix(".localhost"),
      ClientAddress(host) == nil
    else { return nil }
    return "max-age=\(seconds)"
  }
}
