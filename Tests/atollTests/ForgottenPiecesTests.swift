import ArgumentParser
import ControlPlane
import Crypto
import FoundationEssentials
import Outbox
import Postgres
import RegionAgent
import Silo
import SyncProtocol
import Testing

@testable import atoll

/// Who adds a model, an endpoint, a command, a setting or a migration and forgets a piece is told here which.
@Suite("Nothing was forgotten")
struct ForgottenPiecesTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  static func files(under folder: String, suffix: String) throws -> [String] {
    let base = root.appendingPathComponent(folder).path
    return try FileManager.default.subpathsOfDirectory(atPath: base).filter { $0.hasSuffix(suffix) }.sorted()
      .map { "\(folder)/\($0)" }
  }

  @Test("every migration file is in the program, byte for byte", arguments: ["outbox", "control", "region"])
  func migrations(set: String) throws {
    let inProgram: [Migration] =
      switch set {
      case "outbox": OutboxMigrations.all
      case "control": ControlMigrations.all
      default: RegionMigrations.all
      }
    let onDisk = try Self.files(under: "migrations/\(set)", suffix: ".sql").map { path in
      SHA256.hash(data: Array(try Self.text(path).utf8)).map { byte in
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      }.joined()
    }
    #expect(inProgram.map(\.sha256) == onDisk, "run scripts/generate-migrations.py and commit the result")
  }

  @Test("every command is in docs/operations.md")
  func commands() throws {
    let guide = try Self.text("docs/operations.md")
    for path in Self.leaves(Atoll.self, prefix: "atoll") {
      #expect(guide.contains("`\(path)"), "docs/operations.md does not mention `\(path)`")
    }
  }

  private static func leaves(_ command: any ParsableCommand.Type, prefix: String) -> [String] {
    let children = command.configuration.subcommands
    if children.isEmpty { return [prefix] }
    return children.flatMap { leaves($0, prefix: "\(prefix) \($0._commandName)") }
  }

  @Test("every setting is in docs/operations.md")
  func settings() throws {
    let guide = try Self.text("docs/operations.md")
    for setting in Setting.allCases {
      #expect(guide.contains(setting.variable), "docs/operations.md does not mention \(setting.variable)")
    }
  }

  @Test("every route of control is in docs/api.md")
  func endpoints() throws {
    let guide = try Self.text("docs/api.md")
    var found = 0
    for path in try Self.files(under: "Sources/ControlPlane", suffix: ".swift") {
      for match in try Self.text(path).matches(of: #/router\.(get|post|put|delete)\("(/[^"]+)"/#) {
        found += 1
        let route = "\(match.1.uppercased()) \(match.2)"
        #expect(guide.contains(route), "docs/api.md does not mention \(route) of \(path)")
      }
    }
    #expect(found > 10, "the scan for routes finds too few; has their form changed?")
  }

  @Test("every replicated model has its table, and stands in docs/models.md")
  func models() throws {
    let modelsText = try Self.text("docs/models.md")
    for model in ReplicatedModels.toRegion + ReplicatedModels.toControl {
      let name = model.kind.name
      #expect(modelsText.contains("`\(name)`"), "docs/models.md does not describe the kind `\(name)`")
      for set in ["control", "region"] {
        let sql = try Self.files(under: "migrations/\(set)", suffix: ".sql").map(Self.text).joined()
        let isThere = sql.contains(".\(name) (") || sql.contains(".\"\(name)\" (")
        #expect(isThere, "migrations/\(set) makes no table for the model `\(name)`")
      }
    }
  }

  @Test("every module has its place among the arrows and in ARCHITECTURE.md")
  func modules() throws {
    let arrows = try Self.text("scripts/check-arrows")
    let architecture = try Self.text("ARCHITECTURE.md")
    for module in try FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent("Sources").path)
    {
      #expect(arrows.contains("\"\(module)\""), "scripts/check-arrows does not know \(module)")
      #expect(architecture.contains(module), "ARCHITECTURE.md does not mention \(module)")
    }
  }

  @Test("every fault point is in docs/operations.md")
  func faultPoints() throws {
    let text = try Self.text("docs/operations.md")
    for point in FaultPoint.allCases {
      #expect(text.contains(point.rawValue), "docs/operations.md does not mention \(point.rawValue)")
    }
  }
}
