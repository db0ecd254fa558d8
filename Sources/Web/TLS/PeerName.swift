package import AsyncHTTPClient
internal import NIOCore
package import NIOSSL

/// The host that a server must have a certificate for (RFC 9525).
///
/// NIOSSL by itself also takes a certificate for the *address* that the name led to (`validIdentityForService` matches every address in the certificate with the socket's), and one
/// that only has a common name. Whoever can make a name lead to an address of theirs gets a certificate for that address from a public authority.
package struct PeerName: Sendable, Hashable {
  /// A name, or an address without brackets.
  package let host: String

  package init(host: String) { self.host = host }

  /// The host of a URL of scheme `https`; nil for every other text.
  package init?(url: String) {
    guard url.lowercased().hasPrefix("https://") else { return nil }
    let authority = url.dropFirst(8).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let rest = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    var host = rest.hasPrefix("[") ? rest.dropFirst().prefix { $0 != "]" } : rest.prefix { $0 != ":" }
    if host.hasSuffix(".") { host = host.dropLast() }
    guard !host.isEmpty else { return nil }
    self.host = String(host)
  }

  /// TLS toward this host.
  package func handler(_ context: NIOSSLContext) throws -> NIOSSLClientHandler {
    let name = ClientAddress(host) == nil ? host : nil
    return try NIOSSLClientHandler._makeSSLClientHandler(context: context, serverHostname: name) {
      certificate, channel in
      channel.eventLoop.makeCompletedFuture { try require(certificate) }
    }
  }

  /// Ends a connection whose certificate is not for this host, before anything is sent on it.
  ///
  /// It is closed first: the pool of AsyncHTTPClient forgets a connection that fails while it starts, and must not hear of its end later.
  fileprivate func check(_ channel: any Channel) -> EventLoopFuture<Void> {
    channel.nioSSL_peerCertificate().flatMapThrowing { try require($0) }.flatMapError { error in
      channel.close().flatMapError { _ in channel.eventLoop.makeSucceededVoidFuture() }
        .flatMapThrowing { throw error }
    }
  }

  private func require(_ certificate: NIOSSLCertificate?) throws(WrongName) {
    guard let certificate, CertificateNames(certificate).covers(host) else { throw WrongName(host: host) }
  }
}

extension HTTPClient.Configuration {
  /// For a client that calls one URL's host only: whatever else the server's certificate is good for, it must be for that name. HTTP/1.1, which alone has the hook for it.
  package mutating func requireName(of url: String) {
    guard let name = PeerName(url: url) else { return }
    httpVersion = .http1Only
    http1_1ConnectionDebugInitializer = { channel in name.check(channel) }
  }
}
