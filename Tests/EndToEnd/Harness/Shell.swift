import FoundationEssentials
import SyncProtocol
import Testing

@testable import atoll

/// Runs `atoll` as somebody at a command line does.
struct Shell: Sendable {
  struct Outcome: Sendable {
    let exit: Int
    let output: String
    let errors: String

    /// The output as a JSON document.
    func json() throws -> JSONReader { JSONReader(try JSONParser.parse(Array(output.utf8))) }
  }

  let executable: String
  /// Where outputs go while a command runs.
  let scratch: String
  private let environment: [String: String]

  init(executable: String, scratch: String) {
    self.executable = executable
    self.scratch = scratch
    environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("ATOLL_") && !$0.key.hasPrefix("PG")
    }
  }

  init(_ islands: Islands) throws {
    self.init(executable: try Islands.binary(), scratch: islands.layout.root)
  }

  func run(_ arguments: [String], _ variables: [String: String] = [:]) async throws -> Outcome {
    let stem = "\(scratch)/command-\(UUID().uuidString)"
    defer { for end in ["out", "err"] { unlinkQuietly("\(stem).\(end)") } }
    let child = try ChildProcess(
      name: "atoll", executable: executable, arguments: arguments, environment: environment.merging(variables) { $1 },
      output: "\(stem).out", errors: "\(stem).err")
    let end = try await child.waitUntilEnded()
    await child.stop()
    func text(_ path: String) throws -> String {
      String(decoding: try SecretFile.bytes(at: path, maximumBytes: 1 << 20), as: UTF8.self)
    }
    return Outcome(
      exit: Int(end.replacing("exit ", with: "")) ?? -1, output: try text("\(stem).out"),
      errors: try text("\(stem).err"))
  }

  /// Runs a command that must succeed, with `--json`.
  func succeed(
    _ arguments: [String], _ variables: [String: String] = [:], at location: SourceLocation = #_sourceLocation
  ) async throws -> JSONReader {
    let outcome = try await run(arguments + ["--json"], variables)
    #expect(outcome.exit == 0, "\(arguments.joined(separator: " ")): \(outcome.errors)", sourceLocation: location)
    return try outcome.json()
  }

  /// Runs a command that must fail: with this exit code, one line that holds the words and a way out, and the same as an object with `--json`.
  func fail(
    _ arguments: [String], _ code: CommandFailure.Code, saying words: String, _ variables: [String: String] = [:],
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let said: Comment = "\(arguments.joined(separator: " "))"
    let plain = try await run(arguments + ["--log-level", "critical"], variables)
    #expect(plain.exit == Int(code.rawValue), said, sourceLocation: location)
    let lines = plain.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(plain.errors)", sourceLocation: location)
    #expect(plain.errors.contains(words), "\(plain.errors)", sourceLocation: location)
    #expect(plain.errors.hasPrefix("atoll: ") && plain.errors.contains("; "), said, sourceLocation: location)
    #expect(plain.output.isEmpty, said, sourceLocation: location)
    let structured = try await run(arguments + ["--json", "--log-level", "critical"], variables)
    #expect(structured.exit == Int(code.rawValue), said, sourceLocation: location)
    let error = try JSONReader(try JSONParser.parse(Array(structured.errors.utf8))).field("error")
    #expect(try error.field("code").string() == code.name, said, sourceLocation: location)
    #expect(try !error.field("message").string().isEmpty, said, sourceLocation: location)
    #expect(try !error.field("advice").string().isEmpty, said, sourceLocation: location)
  }
}
