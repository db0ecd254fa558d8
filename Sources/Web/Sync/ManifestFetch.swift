package import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
package import SyncProtocol

/// Fetches a manifest: unsigned by sync-v1, for it carries the signatures of roots.
package struct ManifestFetch: Sendable {
  private let http: HTTPClient
  private let url: String
  private let authorities: OutboundAuthorities?

  /// - Parameters:
  ///   - url: Scheme, host and port of control, without a path.
  ///   - authorities: What became of those that `http` was made with.
  package init(http: HTTPClient, url: String, authorities: OutboundAuthorities? = nil) {
    self.http = http
    self.url = url
    self.authorities = authorities
  }

  /// - Throws: ``SyncTransportFailure``, or ``ManifestFailure`` for bytes that are no manifest. Verify what comes.
  package func fetch(timeout: Duration = .seconds(10)) async throws -> SignedManifest {
    let url = try PeerURL.require(url).text
    var request = HTTPClientRequest(url: url + SyncPath.manifest)
    authorities?.apply(to: &request)
    let asked = request
    let bytes = try await SyncTransportFailure.wrapping {
      let response = try await http.execute(asked, timeout: TimeAmount(timeout))
      let status = Int(response.status.code)
      guard status == 200 else { throw SyncTransportFailure(.malformed, "no manifest there", status: status) }
      return try await response.body.collect(upTo: WireLimits.maximumManifestBytes)
    }
    return try SignedManifest(bytes: Array(bytes.readableBytesView))
  }
}
