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
    if let newRootKey {
      let next = try RootKeyFile.loadOrCreate(
        .root, at: newRootKey, passphrase: manifest.development ? nil : try settings.required(.passphrase))
      guard let replaced = manifest.replacing(primaryRoot: next.verificationKey) else {
        throw CommandFailure(.data, "the new root is a key of this manifest", advice: "name another file")
      }
      manifest = replaced
      roots.append(next)
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
}
