/// Where a server's certificate lies: two files in PEM, which whoever renews them replaces in place.
package struct CertificateFiles: Sendable, Hashable {
  /// The server's certificate first, then those between it and the authority.
  package let certificate: String
  /// Its private key, without a passphrase.
  package let key: String

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}
