package import NIOSSL

/// Whom calls to other servers trust: the system's authorities, those of an operator's own, or both.
package struct OutboundTrust: Sendable, Hashable {
  /// Only the system's.
  package static let system = OutboundTrust(authorities: nil, isExclusive: false)

  /// A file of certificates in PEM.
  private let authorities: String?
  private let isExclusive: Bool

  private init(authorities: String?, isExclusive: Bool) {
    self.authorities = authorities
    self.isExclusive = isExclusive
  }

  /// - Parameters:
  ///   - file: certificates of authorities in PEM, at least one.
  ///   - isExclusive: whether nobody else is trusted, the system's authorities neither.
  /// - Throws: ``CertificateFailure`` when it cannot be read or holds none.
  package init(file: String, isExclusive: Bool = false) throws(CertificateFailure) {
    do {
      guard try !NIOSSLCertificate.fromPEMFile(file).isEmpty else { throw CertificateFailure(.unreadable, "empty") }
    } catch {
      throw CertificateFailure(.unreadable, "\(file): missing, not to be read, or without a certificate in PEM")
    }
    authorities = file
    self.isExclusive = isExclusive
  }

  /// For the clients of other servers. Certificates and names are always verified.
  package var configuration: TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    switch authorities {
    case nil: break
    case let file? where isExclusive: configuration.trustRoots = .file(file)
    case let file?: configuration.additionalTrustRoots = [.file(file)]
    }
    return configuration
  }
}
