import NIOSSL
import Testing
import TestSupport

@testable import Web

/// An upstream that is reached by https, with a certificate of a private authority.
@Suite("the trust in an upstream") struct ForwarderTrustTests {
  /// What comes back through a front, and what the upstream saw.
  private func ask(
    _ names: [String], by authority: TestAuthority, trust: OutboundTrust
  ) async throws -> (status: UInt, body: String, seen: [String]) {
    let made = try await authority.issue(names)
    let certificates = try ServerCertificates(
      CertificateFiles(certificate: made.certificate, key: made.key), logger: WireScene.quiet)
    return try await WireScene.with(certificates: certificates) { scene in
      let target = try #require(ForwardTarget("https://localhost:\(scene.port)"))
      nonisolated(unsafe) var answer: (status: UInt, body: String) = (0, "")
      try await ForwardingHarness.with(target: target, authorities: try OutboundAuthorities(trust)) {
        answer = try await $0.text("/a")
      }
      return (answer.status, answer.body, scene.seen.all)
    }
  }

  @Test(
    "is given to whom the named authority vouches for, by name", .timeLimit(.minutes(20)), arguments: [true, false])
  func trusted(isExclusive: Bool) async throws {
    try await TestAuthority.with { authority in
      let trust = try OutboundTrust(file: authority.certificate, isExclusive: isExclusive)
      let (status, body, seen) = try await ask(["DNS:localhost"], by: authority, trust: trust)
      #expect(status == 200)
      #expect(body == "{}")
      #expect(seen.count == 1)
    }
  }

  @Test("is refused to everybody else, who sees nothing of the request", .timeLimit(.minutes(20)))
  func refused() async throws {
    try await TestAuthority.with { authority in
      try await TestAuthority.with { other in
        let right = try OutboundTrust(file: authority.certificate, isExclusive: true)
        for (names, signer, trust) in [
          (["DNS:localhost"], authority, OutboundTrust.system),
          (["DNS:localhost"], other, right),
          (["DNS:elsewhere.test", "IP:127.0.0.1"], authority, right),
        ] {
          let (status, body, seen) = try await ask(names, by: signer, trust: trust)
          #expect(status == 502)
          #expect(body.contains("upstream-unreachable"))
          #expect(seen == [])
        }
      }
    }
  }

  @Test("named authorities stand beside the system's, or instead of them")
  func roots() async throws {
    try await TestAuthority.with { authority in
      let file = authority.certificate
      let beside = try OutboundTrust(file: file).configuration
      #expect(beside.trustRoots != .file(file))
      #expect(beside.additionalTrustRoots == [.file(file)])
      let alone = try OutboundTrust(file: file, isExclusive: true).configuration
      #expect(alone.trustRoots == .file(file))
      #expect(alone.additionalTrustRoots == [])
    }
  }
}
