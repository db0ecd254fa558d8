import Foundation
import Testing

/// What the compiler has to refuse, given to the compiler.
@Suite struct CompileTimeRefusalTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  private static let modules = root + "/.build/debug/Modules"
  private static var hasModules: Bool { FileManager.default.fileExists(atPath: modules + "/Postgres.swiftmodule") }

  /// The compiler's errors about a transaction's body.
  private func errors(_ body: String) throws -> String {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("refusal-\(UUID().uuidString).swift")
    let source = """
      import Postgres
      func run(_ client: PostgresClient) async throws {
        try await client.withTransaction { connection in
          \(body)
        }
      }
      """
    try source.write(to: file, atomically: true, encoding: .utf8)
    defer {
      do { try FileManager.default.removeItem(at: file) } catch { Issue.record(error) }
    }
    let (process, output) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "swiftc", "-emit-sil", "-o", "/dev/null", "-swift-version", "6", "-enable-upcoming-feature",
      "NonisolatedNonsendingByDefault", "-I", Self.modules, "-Xcc",
      "-fmodule-map-file=\(Self.root)/Sources/CLibPQ/module.modulemap", "-Xcc", "-I/usr/include/postgresql", file.path,
    ]
    process.standardError = output
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationStatus == 0 ? "" : text
  }

  @Test("one task's statements compile, two tasks on one connection do not", .enabled(if: hasModules))
  func sharedLease() throws {
    let one = try errors("_ = try await connection.query(\"SELECT 1\")")
    #expect(one == "")
    let two = try errors(
      """
      async let one = connection.query("SELECT 1")
          async let two = connection.query("SELECT 2")
          _ = try await (one, two)
      """)
    #expect(two.contains("sending 'connection' risks causing data races"))
  }
}
