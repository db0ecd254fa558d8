package import NIOSSL

/// Whom calls to other servers trust: the system's authorities, those of an operator's own, or both.
package struct OutboundTrust: Sendable, Hashable {
  /// Only the system's.
  package static let system = OutboundTrust(authorities: nil, isExclusive: false)

  /// A file of certificates in PEM; nil when only the system's authorities are trusted.
  package let authorities: String?
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
    _ = try Self.read(file)
    authorities = file
    self.isExclusive = isExclusive
  }

  /// For the clients of other servers, who read the file when they begin. Certificates and names are always verified.
  package var configuration: TLSConfiguration {
    switch authorities {
    case nil: Self.base()
    case let file? where isExclusive: Self.base { $0.trustRoots = .file(file) }
    case let file?: Self.base { $0.additionalTrustRoots = [.file(file)] }
    }
  }

  /// The same with the authorities that the file has now, whatever becomes of it afterwards.
  /// - Throws: ``CertificateFailure`` when it cannot be read or holds none.
  func readConfiguration() throws(CertificateFailure) -> TLSConfiguration {
    guard let authorities else { return Self.base() }
    let certificates = try Self.read(authorities)
    return Self.base { configuration in
      if isExclusive {
        configuration.trustRoots = .certificates(certificates)
      } else {
        configuration.additionalTrustRoots = [.certificates(certificates)]
      }
    }
  }

  private static func base(_ change: (inout TLSConfiguration) -> Void = { _ in }) -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    change(&configuration)
    return configuration
  }

  private static func read(_ file: String) throws(CertificateFailure) -> [NIOSSLCertificate] {
    do {
      let certificates = try NIOSSLCertificate.fromPEMFile(file)
      guard !certificates.isEmpty else { throw unreadable(file) }
      return certificates
    } catch { throw unreadable(file) }
  }

  private static func unreadable(_ file: String) -> CertificateFailure {
    CertificateFailure(.unreadable, "\(file): missing, not to be read, or without a certificate in PEM")
  }
}
