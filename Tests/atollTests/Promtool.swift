import Foundation

/// Prometheus's own checker, where it is installed or `scripts/promtool.sh` fetched it.
enum Promtool {
  /// Nil where there is none.
  static let path: String? = {
    let root = ForgottenPiecesTests.root.path
    let named = ProcessInfo.processInfo.environment["PROMTOOL"].map { [$0] } ?? []
    return (named + ["/usr/bin/promtool", "\(root)/.build/tools/promtool"])
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// What `promtool check metrics` complains about; empty when it accepts.
  static func check(_ text: String) throws -> String {
    guard let path else { return "no promtool" }
    let input = FileManager.default.temporaryDirectory.appendingPathComponent("atoll-metrics-\(UUID().uuidString)")
    try Data(text.utf8).write(to: input)
    defer { try? FileManager.default.removeItem(at: input) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["check", "metrics"]
    process.standardInput = try FileHandle(forReadingFrom: input)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let complaints = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let words = String(decoding: complaints, as: UTF8.self)
    return process.terminationStatus == 0 ? words : "exit \(process.terminationStatus): \(words)"
  }
}
