import AsyncHTTPClient
import NIOCore
import Web

/// Whether the application behind a region answers at all; with what is its own affair.
struct UpstreamReach: Sendable {
  static let timeout: TimeAmount = .seconds(5)

  /// As `ATOLL_UPSTREAM` has it.
  let target: String
  var trust = OutboundTrust.system

  func findings() async -> [Finding] {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout.connect = Self.timeout
    configuration.tlsConfiguration = trust.configuration
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.requireName(of: target)
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    var found: [Finding] = []
    do {
      _ = try await http.execute(HTTPClientRequest(url: url), timeout: Self.timeout)
    } catch {
      found.append(Finding(.upstreamUnreachable, "\(target) does not answer: \(ControlReach.reason(error))"))
    }
    do { try await http.shutdown() } catch { return found }
    return found
  }

  /// The socket's path stands escaped where a host stands.
  private var url: String {
    guard target.hasPrefix("unix:/") else { return target + "/" }
    return "http+unix://" + target.dropFirst(5).replacing("/", with: "%2F") + "/"
  }
}
