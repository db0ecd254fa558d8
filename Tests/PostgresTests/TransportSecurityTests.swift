import Foundation
import Glibc
import Logging
import Postgres
import Testing

@Suite struct TransportSecurityTests {
  /// Runs openssl in `directory`.
  private func openssl(_ directory: String, _ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  /// A root, a certificate for 127.0.0.1 signed by it, and a root of somebody else.
  private func makeCertificates(_ directory: String) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    for root in ["root", "other"] {
      try openssl(
        directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
        "\(root).key", "-out", "\(root).crt", "-subj", "/CN=\(root)", "-days", "2")
    }
    try openssl(
      directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "server.key",
      "-out", "server.csr", "-subj", "/CN=server", "-addext", "subjectAltName=IP:127.0.0.1")
    try openssl(
      directory, "x509", "-req", "-in", "server.csr", "-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial",
      "-copy_extensions", "copy", "-days", "2", "-out", "server.crt")
    chmod(directory + "/server.key", 0o600)
    if geteuid() == 0 {
      let user = getpwnam("postgres") ?? getpwnam("nobody")
      let owner = try #require(user).pointee
      chown(directory + "/server.key", owner.pw_uid, owner.pw_gid)
    }
  }

  private func connect(_ configuration: PostgresConfiguration) async throws -> Bool {
    let client = PostgresClient(configuration: configuration, logger: Logger(label: "test.tls"))
    defer { client.shutdown() }
    return try await client.withConnection { $0.isEncrypted }
  }

  @Test("a server is trusted only with the right root and the right name; loopback takes TLS when it is offered")
  func verification() async throws {
    let directory = "/tmp/atoll-tls-\(UUID().uuidString.prefix(8))"
    try makeCertificates(directory)
    defer {
      do { try FileManager.default.removeItem(atPath: directory) } catch { Issue.record(error) }
    }
    let server = try await EmbeddedServer.start(
      directory: directory,
      options: .init(settings: [
        "ssl": "on", "ssl_cert_file": directory + "/server.crt", "ssl_key_file": directory + "/server.key",
      ]))
    var configuration = server.loopbackConfiguration()
    configuration.tls = PostgresTLS(mode: .verifyFull, rootCertificateFile: directory + "/root.crt")
    let verified = try await connect(configuration)
    #expect(verified)

    configuration.tls.rootCertificateFile = directory + "/other.crt"
    let stranger = await #expect(throws: PostgresError.self) { try await connect(configuration) }
    #expect(stranger?.code == .connection)

    configuration.tls.rootCertificateFile = nil
    let system = await #expect(throws: PostgresError.self) { try await connect(configuration) }
    #expect(system?.code == .connection)

    configuration.tls.rootCertificateFile = directory + "/root.crt"
    configuration.hosts = [.init("localhost", port: server.port)]
    let renamed = await #expect(throws: PostgresError.self) { try await connect(configuration) }
    #expect(renamed?.code == .connection)
    configuration.tls.mode = .verifyCA
    let authority = try await connect(configuration)
    #expect(authority)

    configuration = server.loopbackConfiguration()
    configuration.tls = .automatic
    let automatic = try await connect(configuration)
    configuration.tls = .disabled
    let disabled = try await connect(configuration)
    #expect(automatic && !disabled)
    await server.stop()
  }
}
