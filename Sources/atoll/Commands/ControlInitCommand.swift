import ArgumentParser
import ControlPlane
import Logging
import Outbox
import Postgres
import Silo
import SyncProtocol

/// `atoll control init`: root keys, manifest 1 and the first operator of a migrated, empty database.
struct ControlInitCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make control's keys, its first manifest and its first operator.",
    discussion:
      "Writes both root keys once, under a passphrase. Keep the files off the server: they are needed to rotate keys.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var database: DatabaseOptions

  @Option(name: .long, help: "Directory of control's keys; made when missing.")
  var data: String?

  @Option(name: .long, help: "File that holds the passphrase of the root key files.")
  var passphraseFile: String?

  @Flag(name: .long, help: "Leave the roots unencrypted and mark the manifest; servers then bind loopback only.")
  var development = false

  var flags: [Setting: String?] {
    database.flags.merging([
      .data: data, .passphraseFile: passphraseFile, .development: development ? "true" : nil,
    ]) { $1 }
  }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    try SiloPlace.require(.control, settings)
    let isDevelopment = try settings.bool(.development)
    let directory = try settings.required(.data)
    let passphrase = isDevelopment ? nil : try settings.required(.passphrase)
    try DataDirectory.create(directory, mode: 0o700)
    let primary = try RootKeyFile.loadOrCreate(.root, at: "\(directory)/root-primary.json", passphrase: passphrase)
    let recovery = try RootKeyFile.loadOrCreate(
      .recovery, at: "\(directory)/root-recovery.json", passphrase: passphrase)
    let token = try Self.operatorToken(directory)
    let client = try Database.client(settings, maximumConnections: 2)
    defer { client.shutdown() }
    let environment = ControlEnvironment(
      database: SiloDatabase<ControlSilo>(client), secretKey: try SecretKeyFile(directory: directory).loadOrCreate(),
      logger: Logger(label: "control"))
    do {
      _ = try await ControlInit.run(
        environment: environment, primaryRoot: primary, recoveryRoot: recovery, development: isDevelopment,
        operatorToken: token)
    } catch let error as ControlError where error.code == .alreadyInitialized {
      throw CommandFailure(
        .data, "this database is a control plane already", advice: "run atoll control serve with its own data directory"
      )
    }
    return try Self.result(directory, pin: primary.verificationKey.fingerprint)
  }

  /// Written before it is of any use, so a crash between both leaves an operator whose token is known.
  private static func operatorToken(_ directory: String) throws -> String {
    let file = SecretFile(path: "\(directory)/operator.token")
    if file.exists { return try file.text(maximumBytes: 256) }
    let token = TokenFormat.operatorToken.mint()
    try file.write(Array((token + "\n").utf8))
    return token
  }

  private static func result(_ directory: String, pin: String) throws -> CommandResult {
    let pinFile = SecretFile(path: "\(directory)/root.pin")
    if !pinFile.exists { try pinFile.write(Array((pin + "\n").utf8)) }
    let json: JSONValue = [
      "pin": .string(pin), "operator_token_file": .string("\(directory)/operator.token"),
      "root_key_files": [.string("\(directory)/root-primary.json"), .string("\(directory)/root-recovery.json")],
    ]
    return CommandResult(
      json,
      lines: [
        "Control is set up. Its root has the fingerprint (the pin of atoll region join):", "  \(pin)",
        "First operator's token: \(directory)/operator.token",
        "Move root-primary.json and root-recovery.json off this server, to two places.", "Next: atoll control serve.",
      ])
  }
}
