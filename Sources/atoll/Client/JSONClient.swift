import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SyncProtocol
import Synchronization
import Web

/// Calls the HTTP API of a silo: strict JSON in and out, problem documents as ``CommandFailure``.
struct JSONClient: Sendable {
  /// Largest answer read, in bytes.
  static let maximumAnswer = 4 << 20
  static let timeout: TimeAmount = .seconds(30)

  /// Those of the process, by whom they trust.
  private static let all = Mutex<[OutboundTrust: HostClients]>([:])

  private static func clients(_ trust: OutboundTrust) -> HostClients {
    all.withLock { all in
      if let known = all[trust] { return known }
      let made = HostClients { configuration(trust) }
      all[trust] = made
      return made
    }
  }

  /// A server that is away is an answer too: connecting is not repeated behind the caller's back.
  private static func configuration(_ trust: OutboundTrust) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(tlsConfiguration: trust.configuration)
    configuration.timeout.connect = .seconds(5)
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.redirectConfiguration = .disallow
    return configuration
  }

  let base: String
  /// Sent as `Authorization: Bearer`; nil for none.
  let token: String?
  let trust: OutboundTrust

  init(base: String, token: String? = nil, trust: OutboundTrust = .system) {
    self.trust = trust
    self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    self.token = token
  }

  /// An answer of any status.
  struct Answer: Sendable {
    let status: Int
    /// ``JSONValue/null`` when the answer has no body.
    let body: JSONValue
    var headers = HTTPHeaders()

    var reader: JSONReader { JSONReader(body) }
  }

  /// Sends one request and returns whatever was answered.
  /// - Throws: ``CommandFailure`` when nobody answers or the answer is not JSON.
  func send(
    _ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil, headers: [(String, String)] = []
  ) async throws -> Answer {
    var request = HTTPClientRequest(url: base + path)
    request.method = method
    request.headers.add(name: "accept", value: "application/json")
    if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body {
      request.headers.add(name: "content-type", value: "application/json")
      request.body = .bytes(JSONWriter.write(body))
    }
    do {
      let response = try await Self.clients(trust).client(for: base).execute(request, timeout: Self.timeout)
      let bytes = try await response.body.collect(upTo: Self.maximumAnswer)
      let content = Array(bytes.readableBytesView)
      return Answer(
        status: Int(response.status.code), body: content.isEmpty ? .null : try JSONParser.parse(content),
        headers: response.headers)
    } catch let error as JSONError {
      throw CommandFailure(.unavailable, "\(base): the answer is not JSON (\(error))", advice: "check the URL")
    } catch let error as CancellationError {
      throw error
    } catch {
      throw CommandFailure(.unavailable, "\(base): no answer", advice: "check the URL and that the server runs")
    }
  }

  /// Sends one request and returns the answer's document.
  /// - Throws: ``CommandFailure`` also for every status of 400 and above, with the problem document's words.
  func call(
    _ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil, headers: [(String, String)] = []
  ) async throws -> JSONReader {
    let answer = try await send(method, path, body, headers: headers)
    guard answer.status >= 400 else { return answer.reader }
    throw Self.failure(answer)
  }

  /// Whether the server says that it can take traffic. Nobody answering is a no.
  func isReady() async -> Bool {
    do { return try await send(.GET, "/health").status == 200 } catch { return false }
  }

  private static func failure(_ answer: Answer) -> CommandFailure {
    let problem = try? answer.reader.object()
    func text(_ name: String) -> String? {
      if case .string(let text)? = problem?[name] { return text }
      return nil
    }
    let title = text("title") ?? "status \(answer.status)"
    let detail = text("detail") ?? "see the server's log"
    let code: CommandFailure.Code =
      switch answer.status {
      case 401, 403: .permission
      case 400, 404, 405, 409, 410, 422: .data
      case 429, 503: .temporary
      default: .unavailable
      }
    return CommandFailure(code, title, advice: detail)
  }
}
