/// Whether something stands before a server that takes TLS off and is not listed: then all callers look like one.
struct ProxyDiagnosis {
  let findings: [Finding]

  /// - Parameter url: where callers reach the server; nil when nobody has said it.
  init(_ settings: Settings, url: String?) {
    guard let url, url.lowercased().hasPrefix("https:"), settings.string(.tlsCertificate) == nil,
      settings.string(.trustedProxies) == nil
    else {
      findings = []
      return
    }
    findings = [
      Finding(
        .proxyUnlisted, "\(url) is https, this server has no certificate, and trusted.proxies lists no proxy before it")
    ]
  }
}
