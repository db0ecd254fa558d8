import Foundation
import Synchronization
import SyncProtocol

/// Somebody who signs up and logs in again and again.
struct Person: Sendable {
  private let password: String
  let url: String
  /// The folder of control's development mail.
  private let mail: String
  /// What a login gave to keep: a person who comes back is not slowed by others, nor by themselves at once.
  private let device = Device()
  private let email = "\(UUID().uuidString.lowercased())@example.com"

  init(url: String, mail: String, password: String = "correct horse battery staple") {
    self.password = password
    self.url = url
    self.mail = mail
  }

  /// Returns the id.
  func signUp() async throws -> String {
    let control = OperatorClient(url: url, token: "")
    try await control.post(
      "/api/v1/signup", ["email": .string(email), "password": .string(password), "name": "Ann"])
    let made = try await control.post("/api/v1/signup/verify", ["token": .string(try await token())])
    return try made.field("id").string()
  }

  /// The token in the letter to this person.
  private func token() async throws -> String {
    for _ in 0..<1500 {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: mail)) ?? [] where name.hasSuffix(".eml") {
        let text = try String(contentsOfFile: "\(mail)/\(name)", encoding: .utf8)
        guard text.contains("To: \(email)\r\n"), let start = text.range(of: "atlv_")?.lowerBound else { continue }
        return String(text[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw ControlProcess.Failure(description: "no letter to \(email) in \(mail)")
  }

  /// The token of a fresh session.
  func session() async throws -> String {
    let body: JSONValue = ["email": .string(email), "password": .string(password)]
    return try await OperatorClient(url: url, token: "").post("/api/v1/login", body).field("session_token").string()
  }

  /// An organization in each of these regions; returns their ids when each is there.
  func organizations(in regions: [String]) async throws -> [String] {
    let session = OperatorClient(url: url, token: try await session())
    var ids: [String] = []
    for region in regions {
      let body: JSONValue = ["slug": .string("org-\(region)"), "region": .string(region)]
      for attempt in 0..<600 {
        // Only so many may be under way at once; a region makes one in some milliseconds.
        do {
          let made = try await session.post("/api/v1/organizations", body)
          ids.append(try made.field("organization").field("id").string())
          break
        } catch let refused as OperatorClient.Refused {
          if attempt == 599 { throw refused }
          try await Task.sleep(for: .milliseconds(100))
        }
      }
    }
    return ids
  }

  /// Milliseconds that a login took; nil when it was refused or failed.
  func logIn() async -> Double? {
    let began = ContinuousClock.now
    do {
      var body: JSONObject = ["email": .string(email), "password": .string(password)]
      if let device = device.token { body["device"] = .string(device) }
      let answer = try await OperatorClient(url: url, token: "").post("/api/v1/login", .object(body))
      if let device = try answer.optional("device_token") { self.device.keep(try device.string()) }
      return (ContinuousClock.now - began) / .milliseconds(1)
    } catch { return nil }
  }

  /// A login: seconds from the start of its round until it was sent, and the milliseconds it took.
  struct Login: Sendable {
    let at: Double
    let took: Double
  }

  /// What a round of logins saw.
  struct Logins: Sendable {
    var done: [Login] = []
    var failed = 0

    /// Milliseconds, ascending.
    var times: [Double] { done.map(\.took).sorted() }

    /// The slowest few with the second in which each was sent.
    var slowest: String {
      done.sorted { $0.took > $1.took }.prefix(6)
        .map { "\(Measure.text($0.took)) ms at \(Measure.text($0.at)) s" }.joined(separator: ", ")
    }
  }

  /// Logs in so often in a second while `body` runs.
  func loggingIn(perSecond: Int, during body: () async throws -> Void) async throws -> Logins {
    let collector = Collector()
    let began = ContinuousClock.now
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        let clock = ContinuousClock()
        var next = clock.now
        // Those under way are not cut off: a login that never ended would count as failed.
        try await withThrowingTaskGroup(of: Void.self) { logins in
          while await !collector.isOver {
            let at = (clock.now - began) / .seconds(1)
            logins.addTask { await collector.add(await logIn(), at: at) }
            next += .microseconds(1_000_000 / perSecond)
            try await clock.sleep(until: next)
          }
          try await logins.waitForAll()
        }
      }
      try await body()
      await collector.end()
      try await group.waitForAll()
      return await collector.logins
    }
  }

  private final class Device: Sendable {
    private let kept = Mutex<String?>(nil)
    var token: String? { kept.withLock { $0 } }
    func keep(_ token: String) { kept.withLock { $0 = token } }
  }

  private actor Collector {
    private(set) var logins = Logins()
    private(set) var isOver = false
    func end() { isOver = true }
    func add(_ took: Double?, at: Double) {
      if let took { logins.done.append(Login(at: at, took: took)) } else { logins.failed += 1 }
    }
  }
}
