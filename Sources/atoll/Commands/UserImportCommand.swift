import ArgumentParser
import FoundationEssentials
import NIOHTTP1
import SyncProtocol

/// `atoll user import FILE`: accounts from another system, with the password hashes it kept.
struct UserImportCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make accounts of people of another system.",
    discussion: """
      FILE has one JSON object a line: {"email": "…", "name": "…", "password_hash": "…"}. Without a hash a person sets a password by mail first.
      Addresses count as verified by your word. Who has an account already stays as they are, so a second run goes on where the first one ended.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The file, such as users.jsonl; /dev/stdin for standard input.")
  var file: String

  var flags: [Setting: String?] { operation.flags }

  /// People sent at once, and refusals that are listed.
  private static let batch = 200
  private static let listed = 50

  private struct Counts {
    var created = 0
    var known = 0
    var refused: [(line: Int, why: String)] = []
  }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let client = try operation.client(settings)
    let people = try Self.read(file)
    var counts = Counts()
    for start in stride(from: 0, to: people.count, by: Self.batch) {
      let part = people[start..<min(start + Self.batch, people.count)]
      let answer = try await client.call(
        .POST, "/api/v1/operator/users/import", ["users": .array(part.map(\.person))])
      for (entry, result) in zip(part, try answer.field("results").array(maximum: Self.batch)) {
        switch try result.field("state").string() {
        case "created": counts.created += 1
        case "known": counts.known += 1
        default: counts.refused.append((entry.line, try result.field("detail").string()))
        }
      }
    }
    return Self.result(counts)
  }

  private static func result(_ counts: Counts) -> CommandResult {
    let refused = counts.refused.prefix(listed)
    var lines = ["\(counts.created) created, \(counts.known) known already, \(counts.refused.count) refused."]
    lines += refused.map { "line \($0.line): \($0.why)" }
    if counts.refused.count > listed { lines.append("and \(counts.refused.count - listed) more") }
    return CommandResult(
      [
        "created": .integer(counts.created), "known": .integer(counts.known),
        "refused": .array(refused.map { ["line": .integer($0.line), "detail": .string($0.why)] }),
      ], lines: lines)
  }

  /// - Throws: ``CommandFailure`` with the line that is no person. Nothing has been sent then.
  private static func read(_ path: String) throws -> [(line: Int, person: JSONValue)] {
    let bytes: [UInt8]
    do { bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
      throw CommandFailure(.data, "\(path) cannot be read", advice: "name a file with one JSON object a line")
    }
    var people: [(line: Int, person: JSONValue)] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let text = line.last == 0x0D ? line.dropLast() : line
      if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      do {
        let person = JSONReader(try JSONParser.parse(Array(text), limits: JSONLimits(maximumBytes: 8192)))
        try person.only("email", "name", "password_hash")
        _ = try (person.field("email").string(), person.field("name").string())
        people.append((index + 1, person.value))
      } catch {
        throw CommandFailure(
          .data, "\(path):\(index + 1): not a person (\(error))",
          advice: "write {\"email\": …, \"name\": …, \"password_hash\": …} in one line")
      }
    }
    return people
  }
}
