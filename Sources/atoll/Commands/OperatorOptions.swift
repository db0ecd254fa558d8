import ArgumentParser

/// What every command needs that goes through control's operator API.
struct OperatorOptions: ParsableArguments {
  @Option(name: .long, help: "URL of the control plane (ATOLL_CONTROL_URL).")
  var controlURL: String?

  @Option(name: .long, help: "File that holds the operator token (or ATOLL_OPERATOR_TOKEN).")
  var operatorTokenFile: String?

  var flags: [Setting: String?] { [.controlURL: controlURL, .operatorTokenFile: operatorTokenFile] }

  /// - Throws: ``CommandFailure`` when the URL or the token is missing.
  func client(_ settings: Settings) throws -> JSONClient {
    JSONClient(
      base: try settings.required(.controlURL), token: try settings.required(.operatorToken),
      trust: try settings.trust())
  }
}
