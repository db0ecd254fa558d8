package import AsyncHTTPClient
internal import Synchronization

/// An HTTP client for each host that is called, so that each asks for its own host's certificate (``PeerName``).
package final class HostClients: Sendable {
  package struct TooManyHosts: Error {}

  private let most: Int
  private let configuration: @Sendable () -> HTTPClient.Configuration
  private let clients = Mutex<[PeerName?: HTTPClient]>([:])

  /// - Parameter most: hosts at once, which operators name. One more is refused.
  package init(most: Int = 1000, _ configuration: @escaping @Sendable () -> HTTPClient.Configuration) {
    self.most = most
    self.configuration = configuration
  }

  /// The client for a URL; one for all that are not `https`.
  /// - Throws: ``TooManyHosts``
  package func client(for url: String) throws -> HTTPClient {
    let name = PeerName(url: url)
    return try clients.withLock { clients in
      if let client = clients[name] { return client }
      guard clients.count < most else { throw TooManyHosts() }
      var own = configuration()
      own.requireName(of: url)
      let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: own)
      clients[name] = client
      return client
    }
  }

  /// Ends all of them. Call once nobody calls any more.
  package func shutdown() async throws {
    let all = clients.withLock { clients in
      defer { clients = [:] }
      return Array(clients.values)
    }
    for client in all { try await client.shutdown() }
  }
}
