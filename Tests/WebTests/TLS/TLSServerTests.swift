import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing
import TestSupport

@testable import Web

/// HTTPS by the server's own socket: what is agreed, and certificates that change while it runs.
@Suite("HTTPS") struct TLSServerTests {
  private func certificates(_ made: TestCertificate, interval: Duration = .seconds(3600)) throws -> ServerCertificates {
    try ServerCertificates(
      CertificateFiles(certificate: made.certificate, key: made.key), interval: interval, logger: WireScene.quiet)
  }

  @Test("HTTP/2 for who offers it, HTTP/1.1 for who does not", .timeLimit(.minutes(20)))
  func versions() async throws {
    try await TestCertificate.with { made in
      try await WireScene.with(certificates: try certificates(made)) { scene in
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.trustRoots = .file(made.certificate)
        configuration.httpVersion = .automatic
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var request = HTTPClientRequest(url: "https://localhost:\(scene.port)/echo")
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: "hello"))
        do {
          let answer = try await http.execute(request, timeout: .seconds(60))
          #expect(answer.version == .http2)
          #expect(String(buffer: try await answer.body.collect(upTo: 100)) == "hello")
        } catch { Issue.record(error) }
        try await http.shutdown()
        try await RawConnection.with(port: scene.port, tls: try made.client()) { connection in
          try await connection.send(SmugglingTests.get("/a") + SmugglingTests.get("/../b"))
          #expect(await connection.response()?.status == 200)
          #expect(await connection.response()?.status == 400)
          #expect(await connection.rest() == [])
        }
        #expect(scene.seen.all == ["POST hello", "GET /a at a.test"])
      }
    }
  }

  @Test("a new certificate is used for the next connection, and open ones go on", .timeLimit(.minutes(20)))
  func reload() async throws {
    try await TestCertificate.with { made in
      let certificates = try certificates(made)
      let first = try made.client()
      try await WireScene.with(certificates: certificates) { scene in
        try await RawConnection.with(port: scene.port, tls: first) { connection in
          try await connection.send(SmugglingTests.get("/before"))
          #expect(await connection.response()?.status == 200)
          #expect(certificates.reload() == .unchanged)
          try await made.renew()
          #expect(certificates.reload() == .replaced)
          #expect(certificates.reload() == .unchanged)
          // Who trusts only the old certificate is not served with it any more…
          await #expect(throws: (any Error).self) { try await Self.ask(scene.port, first) }
          #expect(try await Self.ask(scene.port, made.client()) == 200)
          // …and whoever was there already notices nothing.
          try await connection.send(SmugglingTests.get("/after"))
          #expect(await connection.response()?.status == 200)
        }
      }
    }
  }

  @Test("the server looks by itself", .timeLimit(.minutes(20)))
  func watch() async throws {
    try await TestCertificate.with { made in
      let certificates = try certificates(made, interval: .milliseconds(10))
      let old = certificates.certificate.serial
      try await WireScene.with(certificates: certificates) { scene in
        try await made.renew()
        while certificates.certificate.serial == old { await Task.yield() }
        #expect(try await Self.ask(scene.port, made.client()) == 200)
      }
    }
  }

  @Test("a pair that does not fit is refused, the old one stays, and the right one is taken when it is there")
  func wrongPair() async throws {
    try await TestCertificate.with { made in
      try await TestCertificate.with { other in
        let certificates = try certificates(made)
        let serial = certificates.certificate.serial
        // Half of a renewal.
        try await Program.run(["cp", other.certificate, made.certificate])
        guard case .refused(let failure) = certificates.reload() else {
          Issue.record("a certificate with another's key was taken")
          return
        }
        #expect(failure.code == .mismatch)
        #expect(certificates.certificate.serial == serial)
        #expect(certificates.reload() == .unchanged)
        try await Program.run(["cp", "-p", other.key, made.key])
        #expect(certificates.reload() == .replaced)
        #expect(certificates.certificate.serial != serial)
        // Gone, and not PEM.
        for command in [["rm", made.certificate], ["sh", "-c", "echo nonsense > \(made.certificate)"]] {
          try await Program.run(command)
          guard case .refused(let failure) = certificates.reload() else {
            Issue.record("\(command) was taken")
            return
          }
          #expect(failure.code == .unreadable)
        }
      }
    }
  }

  @Test("a key that everybody may read is refused")
  func openKey() async throws {
    try await TestCertificate.with { made in
      chmod(made.key, 0o644)
      let failure = #expect(throws: CertificateFailure.self) { try certificates(made) }
      #expect(failure?.code == .keyOpen)
      chmod(made.key, 0o640)
      _ = try certificates(made)
    }
  }

  @Test("a certificate says whom it is for")
  func names() async throws {
    try await TestCertificate.with(names: ["*.Atoll.test", "atoll.test"]) { made in
      let certificate = try certificates(made).certificate
      for host in ["localhost", "127.0.0.1", "atoll.test", "EU.atoll.test"] {
        #expect(certificate.covers(host), "\(host)")
      }
      for host in ["a.eu.atoll.test", "example.test", "127.0.0.2", ".atoll.test", "test", ""] {
        #expect(!certificate.covers(host), "\(host)")
      }
      #expect(certificate.validTo - certificate.validFrom >= 86_400)
    }
  }

  @Test("who does not finish the handshake is let go", .timeLimit(.minutes(20)))
  func silence() async throws {
    try await TestCertificate.with { made in
      try await WireScene.with(certificates: try certificates(made)) {
        $0.handshakeSeconds = 1
      } _: { scene in
        try await RawConnection.with(port: scene.port) { connection in
          try await connection.send([0x16, 0x03, 0x01])
          #expect(await connection.rest() == [])
        }
      }
    }
  }

  @Test("old versions of TLS and plain HTTP are not spoken", .timeLimit(.minutes(20)))
  func oldTLS() async throws {
    try await TestCertificate.with { made in
      try await WireScene.with(certificates: try certificates(made)) { scene in
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(made.certificate)
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = .tlsv11
        let old = try NIOSSLContext(configuration: configuration)
        await #expect(throws: (any Error).self) { try await Self.ask(scene.port, old) }
        try await RawConnection.with(port: scene.port) { connection in
          try await connection.send(SmugglingTests.get("/plain"))
          #expect(await connection.response() == nil)
        }
        #expect(scene.seen.all == [])
      }
    }
  }

  struct NoAnswer: Error {}

  /// The status of one request over a new connection.
  private static func ask(_ port: Int, _ tls: NIOSSLContext) async throws -> Int {
    try await RawConnection.with(port: port, tls: tls) { connection in
      try await connection.send(SmugglingTests.get("/asked"))
      guard let answer = await connection.response() else { throw NoAnswer() }
      return answer.status
    }
  }
}
