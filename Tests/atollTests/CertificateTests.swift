import ControlPlane
import FoundationEssentials
import Logging
import RegionAgent
import Testing
import TestSupport
import Web

@testable import atoll

@Suite("Certificates of a server")
struct CertificateTests {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private func codes(_ made: TestCertificate, hosts: [String] = [], days: Int64 = 0) -> [DoctorCode] {
    CertificateDiagnosis.examine(
      CertificateFiles(certificate: made.certificate, key: made.key), hosts: hosts,
      now: Int64(Date().timeIntervalSince1970) + days * 86_400
    ).map(\.code)
  }

  @Test("the doctor finds what callers would stumble over")
  func findings() async throws {
    try await TestCertificate.with(days: 90) { made in
      #expect(codes(made, hosts: ["https://localhost:8400", "https://127.0.0.1"]) == [])
      #expect(codes(made, days: 60) == [])
      #expect(codes(made, days: 75) == [.certificateExpiring])
      #expect(codes(made, days: 91) == [.certificateExpired])
      #expect(codes(made, days: -2) == [.certificateExpired])
      #expect(codes(made, hosts: ["https://login.example.com"]) == [.certificateNameMissing])
      try await TestCertificate.with { other in
        let pair = CertificateFiles(certificate: made.certificate, key: other.key)
        #expect(CertificateDiagnosis.examine(pair, hosts: [], now: 0).map(\.code) == [.certificateKeyMismatch])
      }
      try await Program.run(["chmod", "644", made.key])
      #expect(codes(made) == [.secretFileOpen])
      try await Program.run(["rm", made.key])
      #expect(codes(made) == [.certificateUnusable])
    }
  }

  @Test("a server takes both files or none")
  func settings() async throws {
    try await TestCertificate.with { made in
      let both = try Settings(
        flags: [:], environment: ["ATOLL_TLS_CERTIFICATE": made.certificate, "ATOLL_TLS_KEY": made.key])
      #expect(try both.certificates(logger: logger)?.certificate.covers("localhost") == true)
      #expect(try both.certificates(.regionTLSCertificate, key: .regionTLSKey, logger: logger) == nil)
      for one in ["ATOLL_TLS_CERTIFICATE", "ATOLL_TLS_KEY"] {
        let settings = try Settings(flags: [:], environment: [one: made.key])
        let failure = #expect(throws: CommandFailure.self) { try settings.certificates(logger: logger) }
        #expect(failure?.code == .configuration)
      }
      let swapped = try Settings(
        flags: [:], environment: ["ATOLL_TLS_CERTIFICATE": made.key, "ATOLL_TLS_KEY": made.certificate])
      #expect(throws: CommandFailure.self) { try swapped.certificates(logger: logger) }
    }
  }

  @Test("further authorities come from a file that holds some")
  func authorities() async throws {
    try await TestCertificate.with { made in
      func trust(_ file: String) throws -> OutboundTrust {
        try Settings(flags: [:], environment: ["ATOLL_TLS_AUTHORITIES": file]).trust()
      }
      let further = try trust(made.certificate)
      #expect(further != .system)
      let none = try trust("")
      #expect(none == .system)
      #expect(throws: CommandFailure.self) { try trust(made.key) }
      #expect(throws: CommandFailure.self) { try trust("/nowhere") }
    }
  }

  @Test("an application of a private authority is trusted by that alone, and only where it is reached by https")
  func upstreamAuthorities() async throws {
    try await TestAuthority.with { authority in
      func upstream(_ target: String?, _ file: String) throws -> OutboundTrust? {
        var environment = ["ATOLL_UPSTREAM_AUTHORITIES": file]
        environment["ATOLL_UPSTREAM"] = target
        return try Settings(flags: [:], environment: environment).upstream()?.trust
      }
      let trust = try upstream("https://app.test", authority.certificate)
      #expect(try trust == OutboundTrust(file: authority.certificate, isExclusive: true))
      #expect(
        try Settings(flags: [:], environment: ["ATOLL_UPSTREAM": "https://app.test"]).upstream()?.trust == .system)
      #expect(throws: CommandFailure.self) { try upstream("https://app.test", "/nowhere") }
      #expect(throws: CommandFailure.self) { try upstream("http://app.test", authority.certificate) }
      #expect(throws: CommandFailure.self) { try upstream(nil, authority.certificate) }
    }
  }

  @Test("the doctor finds files of authorities that cannot be used")
  func authorityFiles() async throws {
    try await TestCertificate.with { made in
      func found(_ environment: [String: String]) throws -> [Finding] {
        AuthoritiesDiagnosis(try Settings(flags: [:], environment: environment)).findings
      }
      let good = ["ATOLL_TLS_AUTHORITIES": made.certificate, "ATOLL_UPSTREAM_AUTHORITIES": made.certificate]
      #expect(try found(good) == [])
      #expect(try found([:]) == [])
      for (variable, name) in [
        ("ATOLL_TLS_AUTHORITIES", "tls.authorities"), ("ATOLL_UPSTREAM_AUTHORITIES", "upstream.authorities"),
      ] {
        for file in [made.key, "/nowhere"] {
          let findings = try found(good.merging([variable: file]) { $1 })
          #expect(findings.map(\.code) == [.authoritiesUnusable])
          #expect(findings.first?.seen.contains(name) == true)
          #expect(findings.first?.seen.contains(file) == true)
        }
      }
    }
  }

  @Test("the doctor finds a proxy that takes TLS off and is not listed")
  func unlistedProxy() throws {
    func codes(_ url: String?, _ environment: [String: String] = [:]) throws -> [DoctorCode] {
      ProxyDiagnosis(try Settings(flags: [:], environment: environment), url: url).findings.map(\.code)
    }
    #expect(try codes("https://login.example.com") == [.proxyUnlisted])
    #expect(try codes("HTTPS://login.example.com") == [.proxyUnlisted])
    #expect(try codes("http://127.0.0.1:8400") == [])
    #expect(try codes(nil) == [])
    #expect(try codes("https://login.example.com", ["ATOLL_TRUSTED_PROXIES": "127.0.0.1"]) == [])
    #expect(try codes("https://login.example.com", ["ATOLL_TLS_CERTIFICATE": "/etc/a.pem"]) == [])
  }

  @Test("a control plane with a certificate is an https origin by itself")
  func origin() throws {
    let settings = try Settings(flags: [:], environment: [:])
    let address = try #require(ListenAddress("127.0.0.1:8443"))
    #expect(
      try SiloPlace.site(settings, address, isSecure: true, logger: logger).url == "https://127.0.0.1:8443")
    #expect(
      try SiloPlace.site(settings, address, isSecure: false, logger: logger).url == "http://127.0.0.1:8443")
  }
}
