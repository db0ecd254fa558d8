package import Hummingbird
internal import NIOCore
internal import SyncProtocol
package import Web

/// The region's status, for this machine only.
package struct StatusAPI: Sendable {
  private let status: @Sendable () async throws -> RegionStatus

  package init(status: @escaping @Sendable () async throws -> RegionStatus) { self.status = status }

  package func addRoutes(to router: Router<WebContext>) {
    router.get("/api/v1/status", use: readStatus)
  }

  @concurrent
  private func readStatus(_ request: Request, context: WebContext) async throws -> Response {
    guard Self.isLoopback(context.remoteAddress) else { throw Problem.noSuchRoute }
    return Response(json: try await status().json)
  }

  /// Tests without a socket have no address; no network peer is without one.
  private static func isLoopback(_ address: SocketAddress?) -> Bool {
    guard let address else { return true }
    switch address {
    case .unixDomainSocket: return true
    default:
      return address.ipAddress.map { $0 == "::1" || $0.hasPrefix("127.") || $0.hasPrefix("::ffff:127.") } ?? false
    }
  }
}
