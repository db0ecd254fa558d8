import ArgumentParser
import FoundationEssentials
import NIOHTTP1
import SyncProtocol

/// `atoll client create NAME --redirect-uri URI`: registers an OpenID client.
struct ClientCreateCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Register an OpenID client. Prints its secret once.",
    discussion: """
      A web application:     atoll client create Wiki --redirect-uri https://wiki.example.com/callback
      A single-page or native one: add --authentication none, and --origin for scripts of browsers.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The name that people see when they are asked for consent.")
  var name: String

  @Option(name: .long, parsing: .singleValue, help: "Where codes may go, exactly; repeat for more.")
  var redirectURI: [String]

  @Option(name: .long, parsing: .singleValue, help: "Where people may go after logging out; repeat for more.")
  var logoutURI: [String] = []

  @Option(name: .customLong("backchannel-logout-uri"), help: "Where the client is told that a login has ended.")
  var backchannelLogoutURI: String?

  @Option(name: .long, parsing: .singleValue, help: "Origin whose scripts may ask the token endpoint; repeat for more.")
  var origin: [String] = []

  @Option(name: .long, help: "client_secret_basic, client_secret_post, private_key_jwt or none.")
  var authentication = "client_secret_basic"

  @Option(name: .long, help: "Scopes with commas: openid, profile, email, offline_access, region.")
  var scopes = "openid,profile,email"

  @Option(name: .long, help: "File with the JWK set of a client with private_key_jwt.")
  var keysFile: String?

  @Flag(name: .long, help: "An application of your own: nobody is asked for consent.")
  var trusted = false

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    var body: JSONObject = [
      "name": .string(name), "authentication": .string(authentication), "redirect_uris": Self.list(redirectURI),
      "logout_uris": Self.list(logoutURI), "origins": Self.list(origin),
      "scopes": Self.list(scopes.split(separator: ",").map { String($0) }), "trusted": .bool(trusted),
    ]
    if let backchannelLogoutURI { body["backchannel_logout_uri"] = .string(backchannelLogoutURI) }
    if let keysFile { body["keys"] = try Self.keys(keysFile) }
    let answer = try await operation.client(settings).call(.POST, "/api/v1/operator/clients", .object(body))
    let id = try answer.field("id").string()
    var lines = ["Client \(id) is registered."]
    if let secret = try answer.optional("client_secret")?.string() { lines.append("Secret, shown once: \(secret)") }
    return CommandResult(answer.value, lines: lines)
  }

  private static func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

  private static func keys(_ path: String) throws -> JSONValue {
    do {
      return try JSONParser.parse(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    } catch {
      throw CommandFailure(
        .data, "\(path): not a JWK set (\(error))", advice: "write {\"keys\": […]} with public keys only")
    }
  }
}
