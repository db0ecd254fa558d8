import FoundationEssentials
import SyncProtocol

/// Runs `atoll …` to its end and reads its JSON result.
struct ShortCommand: Sendable {
  static let maximumOutput = 4 << 20

  let executable: String
  let environment: [String: String]
  /// Where the output goes while the command runs.
  let scratch: String

  /// The JSON document that the command printed; ``JSONValue/null`` when it printed nothing.
  /// - Throws: ``CommandFailure`` with the command's own words when it failed.
  func run(_ arguments: [String]) async throws -> JSONValue {
    let stem = "\(scratch)/\(arguments.prefix(2).joined(separator: "-"))-\(UUID().uuidString)"
    defer {
      unlinkQuietly("\(stem).out")
      unlinkQuietly("\(stem).err")
    }
    let child = try ChildProcess(
      name: "atoll \(arguments.prefix(2).joined(separator: " "))", executable: executable,
      arguments: arguments + ["--json", "--log-level", "warning"], environment: environment, output: "\(stem).out",
      errors: "\(stem).err")
    let end = try await child.waitUntilEnded()
    await child.stop()
    let output = try SecretFile.bytes(at: "\(stem).out", maximumBytes: Self.maximumOutput)
    guard end == "exit 0" else {
      let errors = try SecretFile.bytes(at: "\(stem).err", maximumBytes: Self.maximumOutput)
      throw Self.failure(child.name, end, errors)
    }
    return output.isEmpty ? .null : try JSONParser.parse(output)
  }

  private static func failure(_ name: String, _ end: String, _ errors: [UInt8]) -> CommandFailure {
    for line in errors.split(separator: UInt8(ascii: "\n")).reversed() {
      guard let document = try? JSONParser.parse(Array(line)),
        let error = try? JSONReader(document).field("error"),
        let message = try? error.field("message").string(), let advice = try? error.field("advice").string()
      else { continue }
      return CommandFailure(.unavailable, "\(name): \(message)", advice: advice)
    }
    let tail = String(decoding: errors.suffix(500), as: UTF8.self).split(separator: "\n").last.map(String.init)
    return CommandFailure(.internal, "\(name) ended with \(end)", advice: tail ?? "it said nothing")
  }
}
