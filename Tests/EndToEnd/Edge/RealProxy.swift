import FoundationEssentials
import Testing

@testable import atoll

/// A proxy program of others before an application and a region's agent, configured with the words of `docs/region-login.md`.
enum RealProxy: String, CaseIterable {
  case nginx
  case caddy
  case envoy
  case traefik

  /// Where everything is.
  struct Places {
    let proxy: Int
    let agent: String
    let verify: Int
    let application: Int
    let organization: String
    /// Of the test's own.
    let folder: String
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Fetched by `scripts/proxies.sh`; nil where it cannot be had.
  var program: String? {
    let fetched = Self.root.appendingPathComponent(".build/tools/\(rawValue)").path
    return FileManager.default.isExecutableFile(atPath: fetched) ? fetched : nil
  }

  func with(_ program: String, _ places: Places, _ body: (String) async throws -> Void) async throws {
    let file = "\(places.folder)/\(rawValue).\([.envoy, .traefik].contains(self) ? "yaml" : "conf")"
    try configuration(places).write(toFile: file, atomically: true, encoding: .utf8)
    let process = try ChildProcess(
      name: rawValue, executable: program, arguments: arguments(file, places),
      environment: ["PATH": "/usr/bin:/bin", "HOME": places.folder], output: "\(places.folder)/\(rawValue).log")
    do {
      let url = "http://127.0.0.1:\(places.proxy)"
      try await eventually("\(rawValue) answers") {
        if let end = process.end { throw CommandFailure(.unavailable, "\(rawValue) ended with \(end)", advice: "") }
        // Traefik listens before it has read what to do.
        return try await RedirectFollower().open(url + "/", following: false).status != 404
      }
      try await body(url)
    } catch {
      let log = (try? String(contentsOfFile: "\(places.folder)/\(rawValue).log", encoding: .utf8)) ?? ""
      Console.note("\(rawValue): \(log.suffix(2000))")
      await process.stop()
      throw error
    }
    await process.stop()
  }

  private func arguments(_ file: String, _ places: Places) -> [String] {
    switch self {
    case .nginx: ["-c", file, "-e", "stderr"]
    case .caddy: ["run", "--config", file, "--adapter", "caddyfile"]
    case .envoy: ["-c", file, "--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"]
    case .traefik:
      [
        "--entryPoints.web.address=127.0.0.1:\(places.proxy)", "--providers.file.filename=\(file)",
        "--global.checkNewVersion=false", "--global.sendAnonymousUsage=false",
      ]
    }
  }

  /// The block of the guide in this language, with this test's places in it.
  private func words(_ language: String, containing mark: String, _ places: Places) throws -> String {
    let guide = try String(contentsOf: Self.root.appendingPathComponent("docs/region-login.md"), encoding: .utf8)
    let blocks = guide.split(separator: "```\(language)\n").dropFirst().map { $0.prefix { $0 != "`" } }
    let block = try #require(blocks.first { $0.contains(mark) }, "the guide has no configuration for \(rawValue)")
    return String(block).replacing("127.0.0.1:8401", with: places.agent)
      .replacing("unix:/run/atoll/verify.sock:", with: "127.0.0.1:\(places.verify)")
      .replacing("127.0.0.1:8402", with: "127.0.0.1:\(places.verify)")
      .replacing("127.0.0.1:9000", with: "127.0.0.1:\(places.application)")
      .replacing("/auth/verify/acme", with: "/auth/verify/\(places.organization)")
  }

  private func configuration(_ places: Places) throws -> String {
    switch self {
    case .nginx:
      let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
        "\($0)_temp_path \(places.folder)/\($0);"
      }
      return """
        daemon off; master_process off; pid \(places.folder)/nginx.pid; error_log stderr;
        events {}
        http { access_log off; \(temporary.joined(separator: " "))
        server { listen 127.0.0.1:\(places.proxy);
        \(try words("nginx", containing: "auth_request", places))
        } }
        """
    case .caddy:
      return """
        {
          admin off
          auto_https off
        }
        http://127.0.0.1:\(places.proxy) {
        \(try words("caddyfile", containing: "forward_auth", places))
        }
        """
    case .envoy: return try envoy(places)
    case .traefik: return try words("yaml", containing: "forwardAuth", places)
    }
  }

  private func envoy(_ places: Places) throws -> String {
    let filters = try words("yaml", containing: "http_filters", places).split(separator: "\n").map { "          \($0)" }
    func cluster(_ name: String, _ port: Int) -> String {
      """
        - name: \(name)
          load_assignment: { cluster_name: \(name), endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: \(port) } } } }] }] }
      """
    }
    return """
      static_resources:
        listeners:
        - address: { socket_address: { address: 127.0.0.1, port_value: \(places.proxy) } }
          filter_chains:
          - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: test
                route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: application } }] }] }
      \(filters.joined(separator: "\n"))
                - name: envoy.filters.http.router
                  typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
        clusters:
      \(cluster("application", places.application))
      \(cluster("atoll_verify", places.verify))
      """
  }
}
