import FoundationEssentials
public import NIOSSL

/// A certificate with its key in a folder of its own, signed by itself: who trusts the file trusts the server.
public struct TestCertificate: Sendable {
  public let certificate: String
  public let key: String

  /// Makes one for `localhost`, 127.0.0.1 and the names given, for the time of `body`.
  public static func with(
    names: [String] = [], days: Int = 2, _ body: (TestCertificate) async throws -> Void
  ) async throws {
    let folder = "/tmp/atoll-certificate-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    do {
      let made = TestCertificate(certificate: "\(folder)/certificate.pem", key: "\(folder)/key.pem")
      try await made.renew(names: names, days: days)
      try await body(made)
    } catch {
      try FileManager.default.removeItem(atPath: folder)
      throw error
    }
    try FileManager.default.removeItem(atPath: folder)
  }

  /// Makes another pair and moves it over this one, the certificate first.
  public func renew(names: [String] = [], days: Int = 2) async throws {
    let list = (["DNS:localhost", "IP:127.0.0.1"] + names.map { "DNS:\($0)" }).joined(separator: ",")
    try await Program.run([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
      key + ".new", "-out", certificate + ".new", "-days", "\(days)", "-subj", "/CN=localhost", "-addext",
      "subjectAltName=\(list)",
    ])
    try await Program.run(["chmod", "600", key + ".new"])
    try await Program.run(["mv", certificate + ".new", certificate])
    try await Program.run(["mv", key + ".new", key])
  }

  /// A client that trusts this certificate and offers these protocols.
  public func client(_ protocols: [String] = ["http/1.1"]) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .file(certificate)
    configuration.applicationProtocols = protocols
    // The raw connections name no host.
    configuration.certificateVerification = .noHostnameVerification
    return try NIOSSLContext(configuration: configuration)
  }
}
