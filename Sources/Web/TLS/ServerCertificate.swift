internal import Glibc
package import NIOSSL

/// A certificate with its key, ready to serve with.
package struct ServerCertificate: Sendable {
  package let context: NIOSSLContext
  /// Seconds since 1970 of the leaf's validity.
  package let validFrom: Int64
  package let validTo: Int64
  private let subject: CertificateNames
  /// The names and addresses that it is for, as they stand in it: `example.com`, `*.example.com`, `192.0.2.1`.
  package var names: [String] { subject.names }
  /// The leaf in hex, first bytes of its serial number: enough to tell two apart in a log.
  package let serial: String

  /// Reads both files.
  /// - Throws: ``CertificateFailure``.
  package init(_ files: CertificateFiles) throws(CertificateFailure) {
    var status = stat()
    guard stat(files.key, &status) == 0 else { throw Self.unreadable(files.key) }
    guard status.st_mode & 0o007 == 0 else {
      throw CertificateFailure(
        .keyOpen, "\(files.key): everybody may read or write this key; run chmod o= \(files.key)")
    }
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    do { chain = try NIOSSLCertificate.fromPEMFile(files.certificate) } catch {
      throw Self.unreadable(files.certificate)
    }
    do { key = try NIOSSLPrivateKey(file: files.key, format: .pem) } catch { throw Self.unreadable(files.key) }
    guard let leaf = chain.first else { throw Self.unreadable(files.certificate) }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["h2", "http/1.1"]
    do { context = try NIOSSLContext(configuration: configuration) } catch {
      throw CertificateFailure(.mismatch, "\(files.key) is not the key of \(files.certificate)")
    }
    validFrom = Int64(leaf.notValidBefore)
    validTo = Int64(leaf.notValidAfter)
    subject = CertificateNames(leaf)
    serial = leaf.serialNumber.prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// Whether browsers would accept it for a host.
  package func covers(_ host: String) -> Bool { subject.covers(host) }

  private static func unreadable(_ path: String) -> CertificateFailure {
    CertificateFailure(.unreadable, "\(path): missing, not to be read, or not PEM")
  }
}
