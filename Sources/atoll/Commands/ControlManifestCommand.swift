import ArgumentParser

/// `atoll control manifest …`: what control's roots have signed, and the next of it.
struct ControlManifestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manifest", abstract: "Renew control's manifest, rotate or revoke its keys.",
    discussion: """
      Three steps, so that no root key comes near the server: propose (control makes the next manifest), sign (where the root key file is; needs no \
      network), publish (control checks it and puts it in force). Regions follow by themselves.
      """,
    subcommands: [
      ControlManifestShowCommand.self, ControlManifestProposeCommand.self, ControlManifestSignCommand.self,
      ControlManifestPublishCommand.self,
    ])
}
