import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import SyncProtocol
import Web

/// Whether control can be reached from a region's machine, step by step: name, connection, answer, trust, clock.
struct ControlReach: Sendable {
  /// From this difference on it is said; requests are refused from 120 s.
  static let clockDifference: Int64 = 60
  static let timeout: TimeAmount = .seconds(8)

  let url: String
  /// What the agent trusts.
  let trusted: Manifest?
  let isDevelopment: Bool
  /// Seconds since 1970.
  let now: Int64
  var trust = OutboundTrust.system

  func findings() async -> [Finding] {
    guard let host = Self.host(url) else { return [Finding(.controlNameUnknown, "\(url) names no host")] }
    guard await Self.resolves(host) else { return [Finding(.controlNameUnknown, "\(host) does not resolve")] }
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: trust.configuration, redirectConfiguration: .disallow)
    configuration.timeout.connect = .seconds(5)
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.requireName(of: url)
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let found = await ask(http)
    do { try await http.shutdown() } catch { return found }
    return found
  }

  private func ask(_ http: HTTPClient) async -> [Finding] {
    let bytes: [UInt8]
    let status: Int
    let date: String?
    let versions: String?
    do {
      let response = try await http.execute(HTTPClientRequest(url: url + SyncPath.manifest), timeout: Self.timeout)
      status = Int(response.status.code)
      date = response.headers.first(name: "date")
      versions = response.headers.first(name: Negotiation.versionsField)
      bytes = Array(try await response.body.collect(upTo: WireLimits.maximumManifestBytes).readableBytesView)
    } catch {
      return [Finding(.controlUnreachable, "\(url): \(Self.reason(error))")]
    }
    guard status == 200, let signed = try? SignedManifest(bytes: bytes) else {
      return [Finding(.controlRefuses, "\(url) answers with status \(status) and no manifest")]
    }
    return judge(signed, date: date, versions: versions)
  }

  /// What a manifest that came, the answer's `Date` and the versions beside it say.
  ///
  /// - Parameter versions: nil from a control plane that does not tell.
  func judge(_ signed: SignedManifest, date: String?, versions: String? = nil) -> [Finding] {
    var found: [Finding] = []
    if let theirs = versions.flatMap({ Negotiation.versions(in: $0) }), Negotiation.version(offered: theirs) == nil {
      let said = "control speaks \(Negotiation.text(theirs)) of the protocol, this program \(Negotiation.text())"
      found.append(Finding(.versionIncompatible, said))
    }
    if let seconds = date.flatMap(HTTPDate.seconds), abs(seconds - now) > Self.clockDifference {
      found.append(Finding(.clockSkewPeer, "control's clock differs by \(seconds - now) s"))
    }
    guard let trusted else { return found }
    do {
      _ = try signed.verify(trust: .previous(trusted), allowsDevelopment: true, now: min(now, trusted.expires - 1))
    } catch {
      // An older or expired manifest by our root is control's own business; another root is not.
      if error.code == .signature {
        found.append(Finding(.controlNotTrusted, "the manifest at \(url) is signed by another root"))
      }
    }
    return found
  }

  static func host(_ url: String) -> String? {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
    if authority.hasPrefix("[") { return authority.split(separator: "]").first.map { String($0.dropFirst()) } }
    let host = authority.split(separator: ":").first.map(String.init)
    return host?.isEmpty == false ? host : nil
  }

  /// Asks the system's resolver, away from the cooperative pool.
  private static func resolves(_ host: String) async -> Bool {
    await withCheckedContinuation { continuation in
      DispatchQueueWork.run {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var result: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &result)
        if let result { freeaddrinfo(result) }
        continuation.resume(returning: code == 0)
      }
    }
  }

  static func reason(_ error: any Error) -> String {
    switch error {
    case let error as HTTPClientError: "\(error)".replacing("HTTPClientError.", with: "")
    default: "no answer (\(type(of: error)))"
    }
  }
}
