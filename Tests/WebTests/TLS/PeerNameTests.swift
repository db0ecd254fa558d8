import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing
import TestSupport

@testable import Web

/// Certificates that are trusted and not for the host that was meant.
@Suite("The name of a server") struct PeerNameTests {
  @Test("is the host of a URL over TLS, without port, brackets and what stands around")
  func hosts() {
    for (url, host) in [
      ("https://login.example.com", "login.example.com"),
      ("https://login.example.com:8443/a?b=https://x", "login.example.com"),
      ("HTTPS://Login.example.com.", "Login.example.com"), ("https://[2001:db8::1]:443/", "2001:db8::1"),
      ("https://192.0.2.1", "192.0.2.1"), ("https://user:word@right.test/@wrong.test", "right.test"),
      ("https://right.test?@wrong.test", "right.test"),
    ] { #expect(PeerName(url: url)?.host == host, "\(url)") }
    for url in ["http://login.example.com", "https://", "https:///a", "unix:/x", "login.example.com", ""] {
      #expect(PeerName(url: url) == nil, "\(url)")
    }
  }

  /// Asks a server on 127.0.0.1 by a name that leads there; what came back, and what the server saw.
  private func ask(
    _ host: String, certificate names: [String],
    _ configure: @Sendable (String, OutboundTrust) -> HTTPClient.Configuration
  ) async throws -> (result: Result<UInt, any Error>, seen: [String]) {
    var outcome: (result: Result<UInt, any Error>, seen: [String])?
    try await TestAuthority.with { authority in
      let made = try await authority.issue(names)
      let certificates = try ServerCertificates(
        CertificateFiles(certificate: made.certificate, key: made.key), logger: WireScene.quiet)
      let trust = try OutboundTrust(file: authority.certificate, isExclusive: true)
      outcome = try await WireScene.with(certificates: certificates) { scene in
        let url = "https://\(host):\(scene.port)"
        var configuration = configure(url, trust)
        configuration.dnsOverride = [host: "127.0.0.1"]
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var result: Result<UInt, any Error>
        do {
          let answer = try await http.execute(HTTPClientRequest(url: url + "/a"), timeout: .seconds(60))
          result = .success(answer.status.code)
        } catch { result = .failure(error) }
        try await http.shutdown()
        return (result, scene.seen.all)
      }
    }
    return try #require(outcome)
  }

  @Test(
    "must stand in its certificate: the address that the name leads to is not enough", .timeLimit(.minutes(20)),
    arguments: [["DNS:wrong.test", "IP:127.0.0.1"], ["IP:127.0.0.1"], ["DNS:*.right.test", "IP:127.0.0.1"]])
  func address(names: [String]) async throws {
    let (result, seen) = try await ask("right.test", certificate: names) {
      SyncClient.configuration(for: $0, trust: $1)
    }
    #expect(throws: WrongName(host: "right.test")) { try result.get() }
    #expect(seen == [], "not a byte of the request")
    // What this is for: the library alone takes such a certificate. When it no longer does, PeerName has had its day.
    let alone = try await ask("right.test", certificate: names) { _, trust in
      SyncClient.configuration(for: "http://right.test", trust: trust)
    }
    #expect(try alone.result.get() == 200)
  }

  @Test(
    "is found in a certificate exactly or by a wildcard, and an address among its addresses", .timeLimit(.minutes(20)),
    arguments: [
      ("right.test", "DNS:right.test"), ("a.right.test", "DNS:*.right.test"), ("right.test", "DNS:Right.TEST"),
      ("127.0.0.1", "IP:127.0.0.1"),
    ])
  func covered(host: String, name: String) async throws {
    let (result, seen) = try await ask(host, certificate: [name]) { SyncClient.configuration(for: $0, trust: $1) }
    #expect(try result.get() == 200)
    #expect(seen.count == 1)
  }

  @Test("is asked for by the guard of outbound calls, though it connects to the address that it checked")
  func guarding() async throws {
    try await TestAuthority.with { authority in
      let made = try await authority.issue(["DNS:right.test", "IP:127.0.0.1"])
      let certificates = try ServerCertificates(
        CertificateFiles(certificate: made.certificate, key: made.key), logger: WireScene.quiet)
      let here = try #require(ClientAddress("127.0.0.1"))
      let outbound = OutboundGuard(
        allowing: try #require(NetworkList("127.0.0.1")),
        trust: try OutboundTrust(file: authority.certificate, isExclusive: true), resolve: { _ in here })
      try await WireScene.with(certificates: certificates) { scene in
        func post(_ host: String) async throws -> Int {
          try await outbound.post("https://\(host):\(scene.port)/echo", form: [("a", "b")], timeout: .seconds(60))
        }
        let status = try await post("right.test")
        #expect(status == 200)
        await #expect(throws: OutboundFailure.self) { try await post("wrong.test") }
        #expect(scene.seen.all == ["POST a=b"])
      }
    }
  }

  @Test("keeps clients of different hosts apart, each for its own certificate")
  func clients() async throws {
    let clients = HostClients(most: 4) { SyncClient.configuration }
    let first = try clients.client(for: "https://a.test/x")
    #expect(try clients.client(for: "https://a.test:8443/y") === first)
    #expect(try clients.client(for: "https://b.test/x") !== first)
    let plain = try clients.client(for: "http://a.test/")
    #expect(plain !== first)
    #expect(try clients.client(for: "http://b.test/") === plain)
    _ = try clients.client(for: "https://c.test")
    #expect(throws: HostClients.TooManyHosts.self) { try clients.client(for: "https://one-more.test") }
    #expect(try clients.client(for: "https://a.test") === first)
    try await clients.shutdown()
  }
}
