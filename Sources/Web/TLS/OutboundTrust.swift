package import NIOSSL

/// Whom calls to other silos trust: the system's authorities, and further ones of an operator's own.
package struct OutboundTrust: Sendable, Hashable {
  /// Only the system's.
  package static let system = OutboundTrust(authorities: nil)

  /// A file of certificates in PEM.
  private let authorities: String?

  private init(authorities: String?) { self.authorities = authorities }

  /// - Parameter file: certificates of authorities in PEM, at least one.
  /// - Throws: ``CertificateFailure`` when it cannot be read or holds none.
  package init(file: String) throws(CertificateFailure) {
    do {
      guard try !NIOSSLCertificate.fromPEMFile(file).isEmpty else { throw CertificateFailure(.unreadable, "empty") }
    } catch {
      throw CertificateFailure(.unreadable, "\(file): missing, not to be read, or without a certificate in PEM")
    }
    authorities = file
  }

  /// For the clients of other silos. Certificates and names are always verified.
  package var configuration: TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    if let authorities { configuration.additionalTrustRoots = [.file(authorities)] }
    return configuration
  }
}
