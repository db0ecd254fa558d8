import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A browser without a screen: keeps cookies of this machine's addresses, follows redirects, shows where it ended.
final class RedirectFollower {
  /// Names and values; as in a browser, ports share them.
  private(set) var cookies: [String: String] = [:]

  private static let http: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    configuration.timeout.connect = .seconds(5)
    configuration.redirectConfiguration = .disallow
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  struct Page: Sendable {
    let url: String
    let status: Int
    let headers: HTTPHeaders
    let text: String
    /// Every address on the way, the last included.
    var way: [String]
  }

  struct TooManyRedirects: Error { let way: [String] }

  func set(_ name: String, _ value: String) { cookies[name] = value }

  /// One request, and then wherever its answer leads.
  func open(
    _ url: String, _ method: HTTPMethod = .GET, headers: [(String, String)] = [], following: Bool = true
  ) async throws -> Page {
    var way: [String] = []
    var next = url
    var method = method
    while way.count < 10 {
      way.append(next)
      let page = try await one(next, method, headers: headers, way: way)
      guard following, [301, 302, 303].contains(page.status), let location = page.headers.first(name: "location") else {
        return page
      }
      method = .GET
      next = location.hasPrefix("/") ? Self.origin(next) + location : location
    }
    throw TooManyRedirects(way: way)
  }

  private func one(
    _ url: String, _ method: HTTPMethod, headers: [(String, String)], way: [String]
  ) async throws -> Page {
    var request = HTTPClientRequest(url: url)
    request.method = method
    request.headers.add(name: "accept", value: "text/html,application/json;q=0.9")
    if !cookies.isEmpty {
      request.headers.add(name: "cookie", value: cookies.map { "\($0)=\($1)" }.joined(separator: "; "))
    }
    for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
    let response = try await Self.http.execute(request, timeout: .seconds(20))
    let body = try await response.body.collect(upTo: 1 << 20)
    for line in response.headers["set-cookie"] { take(line) }
    return Page(
      url: url, status: Int(response.status.code), headers: response.headers, text: String(buffer: body), way: way)
  }

  private func take(_ line: String) {
    let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2 else { return }
    cookies[String(pair[0])] = line.contains("Max-Age=0") ? nil : String(pair[1])
  }

  private static func origin(_ url: String) -> String {
    let rest = url.drop { $0 != "/" }.dropFirst(2)
    return String(url.prefix(url.count - rest.count)) + rest.prefix { $0 != "/" }
  }
}
