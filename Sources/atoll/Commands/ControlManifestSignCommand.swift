import ArgumentParser
import SyncProtocol

/// `atoll control manifest sign`: needs the root key file and nothing else, no network and no database.
struct ControlManifestSignCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Sign a proposed manifest with a root key, offline.")

  @OptionGroup var common: CommonOptions

  @Argument(help: "File that atoll control manifest propose wrote.")
  var proposal: String

  @Option(help: "File of the primary or the recovery root key.")
  var rootKey: String

  @Option(
    help: "File for a new primary root key; made when missing. Announces it in place of the present primary root.")
  var newRootKey: String?

  @Option(
    help: "File for a new recovery root key; made when missing. Announces it in place of the present recovery root.")
  var newRecoveryKey: String?

  @Option(help: "File that holds the passphrase of the root key files.")
  var passphraseFile: String?

  @Option(help: "File to write the signed manifest to; must not exist.")
  var output: String

  var flags: [Setting: String?] { [.passphraseFile: passphraseFile] }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let bytes = try SecretFile.bytes(at: proposal, maximumBytes: WireLimits.maximumManifestBytes)
    var manifest: Manifest
    do { manifest = try Manifest(body: bytes) } catch {
      throw CommandFailure(.data, "\(proposal): not a manifest (\(error))", advice: "propose it again")
    }
    let passphrase = try settings.secret(.passphrase)
    let root = try RootKeyFile.load(rootKey, passphrase: passphrase)
    guard root.verificationKey == manifest.primaryRoot || root.verificationKey == manifest.recoveryRoot else {
      throw CommandFailure(
        .permission, "\(rootKey) is no root of this control plane",
        advice: "use the file of \(manifest.primaryRoot.fingerprint) or \(manifest.recoveryRoot.fingerprint)")
    }
    var roots = [root]
    for (file, purpose) in [(newRootKey, KeyPurpose.root), (newRecoveryKey, .recovery)] {
      guard let file else { continue }
      // Whoever is shown a new root must see that somebody holds it: it signs too.
      roots.append(try Self.replace(purpose, by: file, in: &manifest, settings))
    }
    try SecretFile(path: output).write(try SignedManifest(manifest, roots: roots).bytes)
    return CommandResult(
      [
        "version": .integer(Int(manifest.version)), "file": .string(output),
        "pin": .string(manifest.primaryRoot.fingerprint),
      ],
      lines: ManifestText.lines(manifest) + [
        "Signed: \(output). Next: atoll control manifest publish \(output)"
      ])
  }

  /// Announces the root of a file in place of the present one.
  private static func replace(
    _ purpose: KeyPurpose, by file: String, in manifest: inout Manifest, _ settings: Settings
  ) throws -> SigningKey {
    let next = try RootKeyFile.loadOrCreate(
      purpose, at: file, passphrase: manifest.development ? nil : try settings.required(.passphrase))
    let replaced =
      purpose == .root
      ? manifest.replacing(primaryRoot: next.verificationKey) : manifest.replacing(recoveryRoot: next.verificationKey)
    guard next.purpose == purpose, let replaced else {
      throw CommandFailure(
        .data, "\(file) holds another kind of key, or one of this manifest", advice: "name another file")
    }
    manifest = replaced
    return next
  }
}
