import NIOCore
import Synchronization
import TestSupport

@testable import atoll

/// A program in the place of a region's agent, under the region's registered URL: answers whatever bytes a test wants, and remembers what reached it.
final class HostileRegion: Sendable {
  struct Seen: Sendable {
    /// Request line and fields, as they came.
    let head: String
    /// Nil when the request ended before its body did.
    let body: String?

    var target: String { head.split(separator: " ").dropFirst().first.map(String.init) ?? "" }

    func values(_ name: String) -> [String] {
      head.split(separator: "\r\n").dropFirst().compactMap { line in
        let parts = line.split(separator: ":", maxSplits: 1)
        return parts.first?.lowercased() == name ? String(parts.last?.drop { $0 == " " } ?? "") : nil
      }
    }
  }

  /// What it answers, and whether it closes the connection then.
  struct Answer: Sendable {
    let bytes: String
    var closes = false

    static func data(_ text: String, _ fields: String = "", type: String? = "application/json") -> Answer {
      Answer(
        bytes: "HTTP/1.1 200 OK\r\n" + (type.map { "Content-Type: \($0)\r\n" } ?? "")
          + "Content-Length: \(text.utf8.count)\r\n\(fields)\r\n\(text)")
    }
  }

  private let seen = Mutex<[Seen]>([])
  private let answers: @Sendable (Seen) -> Answer

  private init(_ answers: @escaping @Sendable (Seen) -> Answer) { self.answers = answers }

  /// What came since the last call.
  func take() -> [Seen] {
    seen.withLock { seen in
      defer { seen = [] }
      return seen
    }
  }

  static func with(
    port: Int, answers: @escaping @Sendable (Seen) -> Answer, _ body: (HostileRegion) async throws -> Void
  ) async throws {
    let region = HostileRegion(answers)
    try await ScriptedServer.with(port: port, script: { try await region.converse(&$0) }) { _ in
      try await body(region)
    }
  }

  private func converse(_ conversation: inout ScriptedServer.Conversation) async throws {
    while let head = try await conversation.head() {
      let request = Seen(head: head, body: try await Self.body(of: Seen(head: head, body: ""), &conversation))
      seen.withLock { $0.append(request) }
      guard request.body != nil else { return }
      let answer = answers(request)
      try await conversation.send(answer.bytes)
      if answer.closes { return }
    }
  }

  private static func body(
    of request: Seen, _ conversation: inout ScriptedServer.Conversation
  ) async throws -> String? {
    if let length = request.values("content-length").first.flatMap({ Int($0) }) {
      return try await conversation.bytes(length).map { String(buffer: $0) }
    }
    guard request.values("transfer-encoding") == ["chunked"] else { return "" }
    var body = ""
    while let line = try await conversation.line() {
      guard let size = Int(line.prefix { $0 != ";" }, radix: 16), let chunk = try await conversation.bytes(size + 2)
      else { return nil }
      if size == 0 { return body }
      body += String(buffer: chunk).dropLast()
    }
    return nil
  }
}

extension ScriptedServer.Conversation {
  /// Up to and without the next line break.
  fileprivate mutating func line() async throws -> String? {
    var line = ""
    while let byte = try await bytes(1) {
      line += String(buffer: byte)
      if line.utf8.suffix(2).elementsEqual([13, 10]) { return String(decoding: line.utf8.dropLast(2), as: UTF8.self) }
    }
    return nil
  }
}
