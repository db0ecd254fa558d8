import FoundationEssentials

/// An authority of a test's own, in a folder of its own, and certificates that it signs.
public struct TestAuthority: Sendable {
  /// The file to trust.
  public let certificate: String
  private let key: String
  private let folder: String

  public static func with(_ body: (TestAuthority) async throws -> Void) async throws {
    let folder = "/tmp/atoll-authority-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    do {
      let made = TestAuthority(
        certificate: "\(folder)/authority.pem", key: "\(folder)/authority-key.pem", folder: folder)
      try await Program.run(
        made.request(
          made.certificate, made.key, subject: "an authority", extensions: ["basicConstraints=critical,CA:true"]))
      try await body(made)
    } catch {
      try FileManager.default.removeItem(atPath: folder)
      throw error
    }
    try FileManager.default.removeItem(atPath: folder)
  }

  /// Files of a certificate for exactly these names, such as `DNS:localhost`, that this authority signed, and of its key.
  public func issue(_ names: [String]) async throws -> (certificate: String, key: String) {
    let place = "\(folder)/\(UUID().uuidString)"
    let extensions = ["basicConstraints=critical,CA:false", "subjectAltName=\(names.joined(separator: ","))"]
    try await Program.run(
      request("\(place).pem", "\(place)-key.pem", subject: "a server", extensions: extensions)
        + ["-CA", certificate, "-CAkey", key])
    try await Program.run(["chmod", "600", "\(place)-key.pem"])
    return ("\(place).pem", "\(place)-key.pem")
  }

  private func request(_ certificate: String, _ key: String, subject: String, extensions: [String]) -> [String] {
    [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
      "-out", certificate, "-days", "2", "-subj", "/CN=\(subject)",
    ] + extensions.flatMap { ["-addext", $0] }
  }
}
