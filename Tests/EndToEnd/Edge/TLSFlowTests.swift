import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import SyncProtocol
import TestSupport
import Testing
import Web

@testable import atoll

/// HTTPS by settings alone, between the processes that people run.
@Suite("HTTPS between processes", .serialized)
struct TLSFlowTests {
  @Test(
    "an operator, an agent and a browser reach control and a region by HTTPS, and a renewed certificate is taken up")
  func whole() async throws {
    try await TestCertificate.with { made in
      try await Islands.run(regions: ["eu"]) { islands in
        let port = try Islands.freePorts(2)
        let secure = ["ATOLL_TLS_CERTIFICATE": made.certificate, "ATOLL_TLS_KEY": made.key]
        let trust = try OutboundTrust(file: made.certificate)
        func serveControl(_ trust: OutboundTrust) async throws -> ChildProcess {
          try await islands.serve(
            islands.control, name: "control-tls", port: port, keys: islands.control.keys,
            variables: secure.merging(["ATOLL_CONTROL_URL": "https://localhost:\(port)"]) { $1 }, trust: trust)
        }
        var control = try await serveControl(trust)
        do {
          let keys = try await Self.join(islands, "https://localhost:\(port)", made)
          let eu = try islands.region("eu")
          await islands.archipelago.process(of: eu)?.stop()
          let agent = try await islands.serve(
            eu, name: "eu-tls", port: port + 1, keys: keys,
            variables: secure.merging(["ATOLL_TLS_AUTHORITIES": made.certificate]) { $1 }, trust: trust)
          do {
            // Down and up the link, which is HTTPS now.
            let person = try await Person.signUp(islands)
            _ = try await person.createOrganization(region: "eu")
            for server in [port, port + 1] { try await Self.speaksHTTP2(server, made) }
            try await made.renew()
            for server in [port, port + 1] {
              try await eventually("the new certificate is in use") { try await Self.accepts(server, made) }
            }
            // The agent trusts by the same file: it connects anew to a control that shows what it did not know when it began.
            await control.stop()
            control = try await serveControl(try await Self.copy(of: made))
            _ = try await person.createOrganization(region: "eu")
          } catch {
            await agent.stop()
            throw error
          }
          await agent.stop()
        } catch {
          await control.stop()
          throw error
        }
        await control.stop()
      }
    }
  }

  /// Enrols another agent of the region, over HTTPS. Nobody is believed without the authority.
  private static func join(_ islands: Islands, _ url: String, _ made: TestCertificate) async throws -> String {
    let shell = try Shell(islands)
    let trusting = ["ATOLL_TLS_AUTHORITIES": made.certificate]
    let operation = ["--control-url", url, "--operator-token-file", islands.control.operatorToken]
    #expect(try await shell.run(["region", "list"] + operation).exit != 0, "an unknown authority was believed")
    let keys = "\(islands.layout.root)/eu-tls-keys"
    try await Program.run(["mkdir", "-m", "700", keys])
    try await Program.run(["cp", "-a", "\(try islands.region("eu").keys)/secret.key", "\(keys)/secret.key"])
    let token = try await shell.succeed(["region", "token", "eu"] + operation, trusting).field("token").string()
    let file = SecretFile(path: "\(islands.layout.root)/tls.token")
    try file.write(Array(token.utf8))
    let join = [
      "region", "join", url, "--join-token-file", file.path, "--pin",
      try SecretFile(path: islands.control.rootPin).text(maximumBytes: 256), "--data", keys, "--region", "eu",
      "--development",
    ]
    #expect(try await shell.run(join).exit != 0, "an unknown authority was believed")
    let joined = try await shell.succeed(join, trusting)
    if try joined.field("state").string() == "pending" {
      _ = try await shell.succeed(
        ["region", "approve", "eu", "--fingerprint", try joined.field("fingerprint").string()] + operation, trusting)
    }
    return keys
  }

  /// Trust in what lies there now, apart from what was trusted under the file's name before.
  private static func copy(of made: TestCertificate) async throws -> OutboundTrust {
    let file = made.certificate + ".renewed"
    try await Program.run(["cp", made.certificate, file])
    return try OutboundTrust(file: file)
  }

  private static func speaksHTTP2(_ port: Int, _ made: TestCertificate) async throws {
    var configuration = HTTPClient.Configuration(tlsConfiguration: .makeClientConfiguration())
    configuration.tlsConfiguration?.trustRoots = .file(made.certificate)
    configuration.httpVersion = .automatic
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    do {
      let answer = try await http.execute(
        HTTPClientRequest(url: "https://localhost:\(port)/health"), timeout: .seconds(60))
      #expect(answer.status == .ok)
      #expect(answer.version == .http2)
    } catch { Issue.record(error) }
    try await http.shutdown()
  }

  /// Whether a server presents the certificate that lies there now.
  private static func accepts(_ port: Int, _ made: TestCertificate) async throws -> Bool {
    try await RawConnection.with(port: port, tls: try made.client()) { connection in
      try await connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
      return await connection.response()?.status == 200
    }
  }
}
