import Logging
import Web

extension Settings {
  /// What a server presents to its callers; nil where it serves plain HTTP.
  /// - Throws: ``CommandFailure`` when only one of the two is set, or the files are no certificate with its key.
  func certificates(
    _ certificate: Setting = .tlsCertificate, key: Setting = .tlsKey, logger: Logger
  ) throws -> ServerCertificates? {
    guard let files = try certificateFiles(certificate, key: key) else { return nil }
    do {
      let certificates = try ServerCertificates(files, logger: logger)
      logger.info("serving HTTPS", metadata: ["names": "\(certificates.certificate.names.joined(separator: ","))"])
      return certificates
    } catch {
      throw CommandFailure(
        error.code == .keyOpen ? .permission : .configuration, "\(error)",
        advice: "mend the file, or correct \(certificate.rawValue) and \(key.rawValue)")
    }
  }

  /// The files that are set.
  /// - Throws: ``CommandFailure`` when only one of the two is set.
  func certificateFiles(
    _ certificate: Setting = .tlsCertificate, key: Setting = .tlsKey
  ) throws -> CertificateFiles? {
    func alone(_ one: Setting, without other: Setting) -> CommandFailure {
      CommandFailure(.configuration, "\(one.rawValue) is set alone", advice: "set \(other.rawValue) too")
    }
    switch (string(certificate), string(key)) {
    case (nil, nil): return nil
    case (let certificate?, let key?): return CertificateFiles(certificate: certificate, key: key)
    case (nil, _): throw alone(key, without: certificate)
    case (_, nil): throw alone(certificate, without: key)
    }
  }

  /// Whom calls to other silos trust.
  /// - Throws: ``CommandFailure`` when the file of further authorities holds none.
  func trust() throws -> OutboundTrust { try trust(.tlsAuthorities, isExclusive: false) }

  /// Whom calls to the application trust: nobody besides its own authorities, when they are named.
  /// - Throws: ``CommandFailure`` when their file holds none.
  func upstreamTrust() throws -> OutboundTrust { try trust(.upstreamAuthorities, isExclusive: true) }

  private func trust(_ setting: Setting, isExclusive: Bool) throws -> OutboundTrust {
    guard let file = string(setting) else { return .system }
    do { return try OutboundTrust(file: file, isExclusive: isExclusive) } catch {
      throw CommandFailure(.configuration, "\(error)", advice: "correct \(setting.rawValue)")
    }
  }
}
