import FoundationEssentials
import Outbox
import Silo
import Synchronization
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

@Suite("Joining")
struct RegionJoinTests {
  private let token = TokenFormat.join.mint()

  private func join(
    _ url: String, _ directory: String, _ secret: SecretKey, pin: String, token: String? = nil,
    development: Bool = false,
    expected: RegionName? = nil
  ) async throws -> JoinOutcome {
    try await RegionJoin.run(
      controlURL: url, token: token ?? self.token, pin: pin, dataDirectory: directory, secretKey: secret,
      development: development, expectedRegion: expected, logger: FakeControl.logger)
  }

  /// The code of the error that a join ends with, and its one line.
  private func refusal(
    _ control: FakeControl, pin: String? = nil, token: String? = nil, expected: RegionName? = nil
  ) async throws -> RegionError? {
    try await withTemporaryDirectory { directory, secret in
      try await control.serving { url in
        do {
          _ = try await join(url, directory, secret, pin: pin ?? control.pin, token: token, expected: expected)
          return nil
        } catch let error as RegionError {
          #expect(!error.description.contains("\n"))
          return error
        }
      }
    }
  }

  @Test("makes the keys where they are used, proves both and keeps the identity sealed")
  func joins() async throws {
    let control = try FakeControl()
    try await withTemporaryDirectory { directory, secret in
      let outcome = try await control.serving { try await join($0, directory, secret, pin: control.pin) }
      #expect(outcome.name.text == "eu")
      #expect(outcome.silo.value == 7)
      let request = try #require(control.script.withLock { $0.joins.first })
      #expect(request.isStreamKeyProven)
      #expect(request.token == token)
      let identity = try #require(try RegionIdentityFile(directory: directory, secretKey: secret).load())
      #expect(identity.agentKey.verificationKey == request.agentKey)
      #expect(outcome.fingerprint == request.agentKey.fingerprint)
    }
  }

  @Test("sends the same keys again after a crash before the answer, and refuses to join twice")
  func repeats() async throws {
    let control = try FakeControl()
    control.script.withLock { $0.join = .failure(SyncProblem(.retryLater, "busy")) }
    try await withTemporaryDirectory { directory, secret in
      try await control.serving { url in
        await #expect(throws: RegionError.self) { try await join(url, directory, secret, pin: control.pin) }
        control.script.withLock {
          $0.join = .success(JoinAnswer(state: .pending, silo: SiloNumber(7) ?? .control, region: "eu"))
        }
        let outcome = try await join(url, directory, secret, pin: control.pin)
        #expect(outcome.state == .pending)
        let keys = control.script.withLock { $0.joins.map(\.agentKey) }
        #expect(keys.count == 2 && keys[0] == keys[1])
        let error = await #expect(throws: RegionError.self) {
          try await join(url, directory, secret, pin: control.pin)
        }
        #expect(error?.code == .alreadyJoined)
      }
    }
  }

  @Test("refuses before the token is sent: pin, token form, manifest")
  func refusesFirst() async throws {
    let control = try FakeControl()
    #expect(try await refusal(control, pin: "sha256:12")?.code == .badPin)
    #expect(try await refusal(control, pin: "sha256:" + String(repeating: "0", count: 64))?.code == .wrongPin)
    #expect(try await refusal(control, token: "atlj_x")?.code == .badToken)
    #expect(try await refusal(control, token: TokenFormat.session.mint())?.code == .badToken)
    #expect(control.script.withLock { $0.joins.isEmpty })
    for url in ["http://control.example.org", "https://a@b", "ftp://x", "control", "https://x/path"] {
      try await withTemporaryDirectory { directory, secret in
        let error = await #expect(throws: RegionError.self) {
          try await join(url, directory, secret, pin: control.pin)
        }
        #expect(error?.code == .badURL)
      }
    }
    let development = try FakeControl(development: true)
    #expect(try await refusal(development)?.code == .developmentRefused)
    #expect(try await refusal(try FakeControl(expired: true))?.code == .manifestExpired)
    try await withTemporaryDirectory { directory, secret in
      let outcome = try await development.serving {
        try await join($0, directory, secret, pin: development.pin, development: true)
      }
      #expect(outcome.state == .approved)
    }
  }

  @Test("says in one line what control's refusal asks for")
  func refused() async throws {
    let control = try FakeControl()
    let codes: [(SyncProblem.Code, RegionError.Code)] = [
      (.joinTokenInvalid, .tokenInvalid), (.joinTokenUsed, .tokenUsed), (.keyInUse, .keyRefused),
      (.keyRefused, .keyRefused),
      (.retryLater, .refused),
    ]
    for (code, expected) in codes {
      control.script.withLock { $0.join = .failure(SyncProblem(code, "no")) }
      #expect(try await refusal(control)?.code == expected)
    }
  }

  @Test("believes no answer that another key signed, and no control that is not there")
  func unverified() async throws {
    let control = try FakeControl(signer: try SigningKey(purpose: .control))
    #expect(try await refusal(control)?.code == .controlUnreachable)
    try await withTemporaryDirectory { directory, secret in
      let error = await #expect(throws: RegionError.self) {
        try await join("http://127.0.0.1:1", directory, secret, pin: control.pin)
      }
      #expect(error?.code == .controlUnreachable)
    }
  }

  @Test("refuses a token of another region than configured, and a later start as another one")
  func mismatch() async throws {
    let control = try FakeControl()
    #expect(try await refusal(control, expected: try RegionName("us"))?.code == .regionMismatch)
    try await RegionFixture.with { region in
      try await withTemporaryDirectory { directory, secret in
        _ = try await control.serving { try await join($0, directory, secret, pin: control.pin) }
        var configuration = RegionConfiguration(
          dataDirectory: directory, secretKey: secret, address: WebServer.Address(port: 0),
          expectedRegion: try RegionName("us"))
        let error = #expect(throws: RegionError.self) {
          try RegionServer(database: region.database, configuration: configuration, logger: FakeControl.logger)
        }
        #expect(error?.code == .regionMismatch)
        configuration.expectedRegion = try RegionName("eu")
        let server = try RegionServer(
          database: region.database, configuration: configuration, logger: FakeControl.logger)
        #expect(server.identity.name.text == "eu")
        configuration.dataDirectory = directory + "/elsewhere"
        #expect(throws: RegionError.self) {
          try RegionServer(database: region.database, configuration: configuration, logger: FakeControl.logger)
        }
      }
    }
  }
}

/// Lends a new directory and a secret key.
func withTemporaryDirectory<Value>(
  _ body: (_ directory: String, _ secret: SecretKey) async throws -> Value
) async throws -> Value {
  let path = "/tmp/atoll-region-\(UUID().uuidString)"
  let secret = try #require(SecretKey.generate()?.key)
  let result: Result<Value, any Error>
  do { result = .success(try await body(path, secret)) } catch { result = .failure(error) }
  if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
  return try result.get()
}
