import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

@testable import atoll

/// A real Chromium without a window, driven over WebDriver (W3C) and, where that has no word, Chromium's own protocol.
struct Browser: Sendable {
  /// What `chromedriver` said instead of an answer.
  struct Failure: Error, CustomStringConvertible {
    let command: String
    let code: String
    let message: String
    var description: String { "\(command): \(code): \(message)" }
  }

  static let driver = "/usr/bin/chromedriver"
  /// Whether this machine has a browser: `scripts/chromium.sh` fetches it.
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: driver) }

  private static let http: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    configuration.timeout.connect = .seconds(5)
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  private let base: String
  private let session: String

  // MARK: Life

  /// Lends one `chromedriver` for several browsers.
  static func withDriver(_ body: (_ base: String) async throws -> Void) async throws {
    let folder = try Islands.temporaryDirectory()
    let port = try Islands.freePorts(1)
    let child = try ChildProcess(
      name: "chromedriver", executable: driver, arguments: ["--port=\(port)", "--allowed-ips=127.0.0.1"],
      environment: ["PATH": "/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8"], output: "\(folder)/chromedriver.log")
    let base = "http://127.0.0.1:\(port)"
    do {
      try await eventually("chromedriver is ready") {
        try await request(base, .GET, "/status")["ready"] as? Bool == true
      }
      try await body(base)
    } catch {
      await child.stop()
      throw error
    }
    await child.stop()
    try FileManager.default.removeItem(atPath: folder)
  }

  /// Lends a fresh browser without cookies.
  static func with(_ base: String, rules: String = "", _ body: (Browser) async throws -> Void) async throws {
    let arguments =
      [
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1200,900",
        "--hide-scrollbars", "--disable-features=PasswordLeakDetection", "--ignore-certificate-errors",
      ] + (rules.isEmpty ? [] : ["--host-resolver-rules=\(rules)"])
    let capabilities: [String: Any] = [
      "capabilities": [
        "alwaysMatch": [
          "browserName": "chrome", "goog:chromeOptions": ["args": arguments],
          "goog:loggingPrefs": ["browser": "ALL"], "timeouts": ["pageLoad": 30_000, "implicit": 0],
        ]
      ]
    ]
    let made = try await request(base, .POST, "/session", capabilities)
    guard let id = made["sessionId"] as? String else {
      throw Failure(command: "new session", code: "malformed", message: "\(made)")
    }
    let browser = Browser(base: base, session: id)
    do {
      try await body(browser)
    } catch {
      Console.note(
        "the page at the failure, \((try? await browser.address) ?? "?"):\n\((try? await browser.source) ?? "?")")
      _ = try? await browser.send(.DELETE, "")
      throw error
    }
    _ = try await browser.send(.DELETE, "")
  }

  // MARK: Pages

  func open(_ url: String) async throws { _ = try await send(.POST, "/url", ["url": url]) }
  func back() async throws { _ = try await send(.POST, "/back", [:]) }

  var address: String {
    get async throws { try await value(.GET, "/url") as? String ?? "" }
  }
  var title: String {
    get async throws { try await value(.GET, "/title") as? String ?? "" }
  }
  var source: String {
    get async throws { try await value(.GET, "/source") as? String ?? "" }
  }

  /// The text that a person sees.
  var text: String {
    get async throws { try await find("body").text }
  }

  /// A picture of the whole page, as PNG.
  func picture() async throws -> Data {
    let metrics = try await chromium("Page.getLayoutMetrics", [:])
    let content = metrics["cssContentSize"] as? [String: Any] ?? [:]
    let clip: [String: Any] = [
      "x": 0, "y": 0, "width": content["width"] ?? 1200, "height": content["height"] ?? 900, "scale": 1,
    ]
    let shot = try await chromium(
      "Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true, "clip": clip])
    return Data(base64Encoded: shot["data"] as? String ?? "") ?? Data()
  }

  /// What the browser complained about since the last call: policy violations and failed loads among it.
  func complaints() async throws -> [String] {
    let entries = try await value(.POST, "/se/log", ["type": "browser"]) as? [[String: Any]] ?? []
    return entries.compactMap { $0["message"] as? String }
  }

  func size(_ width: Int, _ height: Int) async throws {
    _ = try await chromium(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
  }

  /// Light or dark. Without motion: a colour on its way is neither.
  func prefers(_ scheme: String) async throws {
    _ = try await chromium(
      "Emulation.setEmulatedMedia",
      [
        "features": [
          ["name": "prefers-color-scheme", "value": scheme], ["name": "prefers-reduced-motion", "value": "reduce"],
        ]
      ])
  }

  /// Runs a script of the test's, whose policy is not the page's, and returns what it returns as text.
  func run(_ script: String) async throws -> String {
    let result = try await value(.POST, "/execute/sync", ["script": script, "args": []])
    return (result as? String) ?? "\(result)"
  }

  /// A command of the Chromium DevTools Protocol.
  func chromium(_ command: String, _ parameters: [String: Any]) async throws -> [String: Any] {
    try await value(.POST, "/goog/cdp/execute", ["cmd": command, "params": parameters]) as? [String: Any] ?? [:]
  }

  /// The cookies of the page, by name.
  func cookies() async throws -> [String: [String: String]] {
    let cookies = try await value(.GET, "/cookie") as? [[String: Any]] ?? []
    return Dictionary(
      cookies.map { cookie in
        (cookie["name"] as? String ?? "", cookie.mapValues { "\($0)" })
      }
    ) { $1 }
  }

  // MARK: Elements

  struct Element: Sendable {
    fileprivate let browser: Browser
    fileprivate let id: String

    var text: String {
      get async throws { try await browser.value(.GET, "/element/\(id)/text") as? String ?? "" }
    }
    /// The name that a screen reader says.
    var name: String {
      get async throws { try await browser.value(.GET, "/element/\(id)/computedlabel") as? String ?? "" }
    }
    var role: String {
      get async throws { try await browser.value(.GET, "/element/\(id)/computedrole") as? String ?? "" }
    }
    func attribute(_ name: String) async throws -> String? {
      try await browser.value(.GET, "/element/\(id)/attribute/\(name)") as? String
    }
    func property(_ name: String) async throws -> String? {
      try await browser.value(.GET, "/element/\(id)/property/\(name)") as? String
    }
    /// Clicks what leads to another page, and returns when that is there.
    func click() async throws {
      _ = try await browser.run("document.isLeft = true; return '';")
      _ = try await browser.send(.POST, "/element/\(id)/click", [:])
      try await eventually("another page after the click", within: .seconds(20)) {
        try await browser.run("return document.isLeft || document.readyState !== 'complete' ? 'old' : 'new'") == "new"
      }
    }
    func type(_ text: String) async throws {
      _ = try await browser.send(.POST, "/element/\(id)/value", ["text": text])
    }
    func fill(_ text: String) async throws {
      _ = try await browser.send(.POST, "/element/\(id)/clear", [:])
      try await type(text)
    }
  }

  func find(_ css: String) async throws -> Element {
    try element(try await value(.POST, "/element", ["using": "css selector", "value": css]), css)
  }

  func all(_ css: String) async throws -> [Element] {
    let found = try await value(.POST, "/elements", ["using": "css selector", "value": css]) as? [Any] ?? []
    return try found.map { try element($0, css) }
  }

  func link(_ text: String) async throws -> Element {
    try element(try await value(.POST, "/element", ["using": "partial link text", "value": text]), text)
  }

  /// The button with this text.
  func button(_ text: String) async throws -> Element {
    try element(
      try await value(
        .POST, "/element", ["using": "xpath", "value": "//button[contains(normalize-space(.), '\(text)')]"]),
      text)
  }

  /// What has the focus.
  var focused: Element {
    get async throws { try element(try await value(.GET, "/element/active"), "active") }
  }

  /// Presses keys where the focus is, one after the other.
  func press(_ keys: String) async throws {
    let actions = keys.flatMap { key -> [[String: Any]] in
      [["type": "keyDown", "value": String(key)], ["type": "keyUp", "value": String(key)]]
    }
    _ = try await send(.POST, "/actions", ["actions": [["type": "key", "id": "keyboard", "actions": actions]]])
  }

  static let tab = "\u{E004}"
  static let enter = "\u{E007}"

  private func element(_ value: Any, _ what: String) throws -> Element {
    guard let map = value as? [String: Any], let id = map["element-6066-11e4-a52e-4f735466cecf"] as? String else {
      throw Failure(command: "find", code: "malformed", message: what)
    }
    return Element(browser: self, id: id)
  }

  // MARK: Wire

  private func value(_ method: HTTPMethod, _ path: String, _ body: [String: Any]? = nil) async throws -> Any {
    try await send(method, path, body)["value"] ?? NSNull()
  }

  private func send(_ method: HTTPMethod, _ path: String, _ body: [String: Any]? = nil) async throws -> [String: Any] {
    try await Self.exchange(base, method, "/session/\(session)\(path)", body)
  }

  private static func request(
    _ base: String, _ method: HTTPMethod, _ path: String, _ body: [String: Any]? = nil
  ) async throws -> [String: Any] {
    try await exchange(base, method, path, body)["value"] as? [String: Any] ?? [:]
  }

  private static func exchange(
    _ base: String, _ method: HTTPMethod, _ path: String, _ body: [String: Any]? = nil
  ) async throws -> [String: Any] {
    var request = HTTPClientRequest(url: base + path)
    request.method = method
    if let body {
      request.headers.add(name: "content-type", value: "application/json; charset=utf-8")
      request.body = .bytes(Array(try JSONSerialization.data(withJSONObject: body)))
    }
    let response = try await http.execute(request, timeout: .seconds(60))
    let bytes = try await response.body.collect(upTo: 64 << 20)
    let answer = try JSONSerialization.jsonObject(with: Data(Array(bytes.readableBytesView))) as? [String: Any] ?? [:]
    guard response.status == .ok else {
      let error = answer["value"] as? [String: Any] ?? [:]
      throw Failure(
        command: "\(method) \(path.split(separator: "/").dropFirst(2).joined(separator: "/"))",
        code: error["error"] as? String ?? "\(response.status)", message: error["message"] as? String ?? "")
    }
    return answer
  }
}
