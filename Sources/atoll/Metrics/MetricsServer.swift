import Logging
import Observability
import Outbox
import ServiceLifecycle
import Web

/// `/metrics` on an address of its own: loopback unless an operator names another, so that nothing about the installation stands on the
/// public port.
struct MetricsServer: Service {
  private let server: WebServer
  let scrape: Scrape

  init(registry: MetricsRegistry, sources: [Scrape.Source], address: ListenAddress, logger: Logger) {
    let scrape = Scrape(registry: registry, sources: sources)
    self.scrape = scrape
    registry.set(
      "atoll_build_info", help: "1, with the version of this program.",
      labels: [MetricLabel("version", AtollVersion.current)], 1)
    server = WebServer(
      pages: [TextRoute(path: "/metrics", contentType: MetricsRegistry.contentType) { await scrape.text() }],
      address: WebServer.Address(host: address.host, port: address.port), logger: logger)
  }

  /// The port in use. Waits until the server listens.
  var boundPort: Int { get async { await server.boundPort } }

  func run() async throws { try await server.run() }
}
