import FoundationEssentials
import NIOHTTP1
import SyncProtocol

/// Signs somebody up as a person would, and reads the letter that control put into its folder.
struct SignUp: Sendable {
  let control: JSONClient
  /// The folder of development mail.
  let mail: String

  /// How long a letter may take, and how often it is looked for.
  static let patience: Duration = .seconds(30)
  static let pollInterval: Duration = .milliseconds(20)

  /// Makes the account and returns the person's id.
  /// - Throws: ``CommandFailure`` when control refuses, or no letter comes.
  @discardableResult
  func make(email: String, password: String, name: String) async throws -> String {
    _ = try await control.call(
      .POST, "/api/v1/signup", ["email": .string(email), "password": .string(password), "name": .string(name)])
    let token = try await self.token("atlv_", to: email)
    return try await control.call(.POST, "/api/v1/signup/verify", ["token": .string(token)]).field("id").string()
  }

  /// The token in the newest letter to this address that has one of this kind.
  func token(_ prefix: String, to email: String) async throws -> String {
    let deadline = ContinuousClock.now + Self.patience
    while ContinuousClock.now < deadline {
      if let token = newest(prefix, to: email) { return token }
      try await Task.sleep(for: Self.pollInterval)
    }
    throw CommandFailure(.temporary, "no letter to \(email) came", advice: "see \(mail) and control's log")
  }

  private func newest(_ prefix: String, to email: String) -> String? {
    let names: [String]
    // The folder is made with the first letter.
    do { names = try FileManager.default.contentsOfDirectory(atPath: mail) } catch { return nil }
    for name in names.filter({ $0.hasSuffix(".eml") }).sorted().reversed() {
      guard let bytes = FileManager.default.contents(atPath: "\(mail)/\(name)") else { continue }
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
      guard lines.contains("To: \(email)"), let line = lines.last(where: { $0.contains(prefix) }),
        let start = line.firstRange(of: prefix)?.lowerBound
      else { continue }
      return String(line[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }
    return nil
  }
}
