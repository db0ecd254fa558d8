internal import NIOSSL

/// The names and addresses that a certificate is for (its subjectAltName; a common name is none, RFC 9525 §2).
struct CertificateNames: Sendable, Hashable {
  /// As they stand in it: `example.com`, `*.example.com`, `192.0.2.1`.
  let names: [String]

  init(_ certificate: NIOSSLCertificate) {
    names = certificate._subjectAlternativeNames().compactMap { name in
      let bytes = Array(name.contents)
      switch name.nameType {
      case .dnsName: return String(validating: bytes, as: UTF8.self)
      case .ipAddress: return ClientAddress(raw: bytes)?.description
      default: return nil
      }
    }
  }

  /// Whether one of them is a host (RFC 9525 §6.3): exactly, or by a wildcard for the first label.
  func covers(_ host: String) -> Bool {
    let host = host.lowercased().filter { $0 != "[" && $0 != "]" }
    let parent = host.split(separator: ".", maxSplits: 1).dropFirst().first
    return names.contains { name in
      let name = name.lowercased()
      if name.hasPrefix("*.") { return parent.map { name.dropFirst(2) == $0 } ?? false }
      return name == host || ClientAddress(name).map { $0 == ClientAddress(host) } ?? false
    }
  }
}
