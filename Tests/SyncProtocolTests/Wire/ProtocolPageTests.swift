import Foundation
import Testing

@testable import SyncProtocol

/// The page is what other implementations are written from: it must name what the code does.
@Suite("docs/protocol.md") struct ProtocolPageTests {
  private let page: String

  init() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../docs/protocol.md")
    page = String(decoding: try Data(contentsOf: path), as: UTF8.self)
  }

  private func row(_ start: String) -> Substring? {
    page.split(separator: "\n").first { $0.hasPrefix("|") && $0.contains(start) }
  }

  @Test("every refusal stands there with its status") func refusals() throws {
    for code in SyncProblem.Code.allCases {
      let line = try #require(row("`\(code.rawValue)`"), "\(code.rawValue) is missing")
      #expect(line.contains(" \(code.status) "), "\(code.rawValue) has status \(code.status)")
    }
    for code in SyncRefusal.allCases { #expect(page.contains("`\(code.rawValue)`"), "\(code.rawValue)") }
    for code in VerificationFailure.Code.allCases { #expect(page.contains("`\(code.rawValue)`"), "\(code.rawValue)") }
    for purpose in KeyPurpose.allCases { #expect(page.contains("`\(purpose.rawValue)`"), "\(purpose.rawValue)") }
    for type in SyncContentType.allCases { #expect(page.contains("`\(type.rawValue)`"), "\(type.rawValue)") }
  }

  @Test("the limits are the code's") func limits() {
    let limits: [(String, String)] = [
      ("a header field of the signature", "\(SyncProfile.maximumFieldBytes) bytes"),
      ("covered components", "\(SyncProfile.maximumComponents)"),
      ("body as it travels", "\(WireLimits.maximumBodyBytes >> 20) MiB"),
      ("message inflated", "\(WireLimits.maximumInflatedBytes >> 20) MiB"),
      ("JSON document of a message", "\(WireLimits.maximumDocumentBytes >> 10) KiB"),
      ("join request", "\(WireLimits.maximumJoinBytes >> 10) KiB"),
      ("manifest", "\(WireLimits.maximumManifestBytes >> 10) KiB, \(WireLimits.maximumManifestKeys) keys"),
      ("rows of a batch", "\(WireLimits.maximumRowsPerBatch / 1000) 000"),
      ("columns of a group", "\(WireLimits.maximumColumns)"),
      ("a column value", "\(WireLimits.maximumValueBytes >> 20) MiB"),
      ("NACKs of a request", "\(WireLimits.maximumNacks)"),
      ("`wait_ms`", "\(WireLimits.maximumWaitMilliseconds / 1000) 000"),
      ("nesting of JSON", "\(WireLimits.maximumDepth)"),
    ]
    for (name, value) in limits { #expect(row("| \(name) | ")?.contains("| \(value) |") == true, "\(name): \(value)") }
  }
}
