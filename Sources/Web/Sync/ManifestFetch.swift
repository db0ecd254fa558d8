package import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
package import SyncProtocol

/// Fetches a manifest: unsigned by sync-v1, for it carries the signatures of roots.
package struct ManifestFetch: Sendable {
  private let http: HTTPClient
  private let url: String

  /// - Parameter url: Scheme, host and port of control, without a path.
  package init(http: HTTPClient, url: String) {
    self.http = http
    self.url = url
  }

  /// - Throws: ``SyncTransportFailure``, or ``ManifestFailure`` for bytes that are no manifest. Verify what comes.
  package func fetch(timeout: Duration = .seconds(10)) async throws -> SignedManifest {
    let url = try PeerURL.require(url).text
    let bytes = try await SyncTransportFailure.wrapping {
      let response = try await http.execute(
        HTTPClientRequest(url: url + SyncPath.manifest), timeout: TimeAmount(timeout))
      let status = Int(response.status.code)
      guard status == 200 else { throw SyncTransportFailure(.malformed, "no manifest there", status: status) }
      return try await response.body.collect(upTo: WireLimits.maximumManifestBytes)
    }
    return try SignedManifest(bytes: Array(bytes.readableBytesView))
  }
}
