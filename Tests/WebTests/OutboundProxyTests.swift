import AsyncHTTPClient
import NIOCore
import TestSupport
import Testing

@testable import Web

@Suite("A proxy between an agent and control")
struct OutboundProxyTests {
  @Test(
    "is http with a port; anything else is refused",
    arguments: [
      "socks5://127.0.0.1:1080", "https://proxy:3128", "http://proxy", "http://proxy:0", "http://proxy:65536",
      "http://:3128",
      "http://proxy:3128/path", "http://a@b@proxy:3128", "proxy:3128", "", "http://pro xy:3128",
    ])
  func refused(text: String) {
    #expect(OutboundProxy(text) == nil)
  }

  @Test("keeps its password to itself")
  func password() throws {
    let proxy = try #require(OutboundProxy("http://user:p%40ss@proxy.example.com:3128/"))
    #expect(proxy.host == "proxy.example.com")
    #expect(proxy.port == 3128)
    #expect("\(proxy)" == "http://proxy.example.com:3128")
  }

  @Test("of the environment is for https outside NO_PROXY; one asked for by name is for everything")
  func rules() throws {
    let proxy = try #require(OutboundProxy("http://proxy:3128"))
    let rules = ProxyRules(environment: proxy, exceptions: [".internal", "control.example.com"])
    #expect(rules.proxy(for: "https://other.example.com") == proxy)
    #expect(rules.proxy(for: "https://other.example.com:8443") == proxy)
    for direct in [
      "http://127.0.0.1:8400", "https://control.example.com", "https://CONTROL.example.com:443", "https://a.internal",
    ] {
      #expect(rules.proxy(for: direct) == nil, "\(direct)")
    }
    #expect(ProxyRules(environment: proxy, exceptions: ["*"]).proxy(for: "https://x.example.com") == nil)
    #expect(ProxyRules(explicit: proxy).proxy(for: "http://127.0.0.1:8400") == proxy)
    #expect(ProxyRules.none.proxy(for: "https://x.example.com") == nil)
  }

  @Test("is asked to CONNECT to an https control plane, so that it sees no bytes of the exchange")
  func connect() async throws {
    try await RequestSink.with { sink in
      let proxy = OutboundProxy("http://user:secret@127.0.0.1:\(sink.port)")
      let http = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: SyncClient.configuration(for: "https://control.example.com", through: proxy))
      await #expect(throws: (any Error).self) {
        _ = try await http.execute(HTTPClientRequest(url: "https://control.example.com/x"), timeout: .seconds(2))
      }
      try await http.shutdown()
      let request = try #require(sink.received.first)
      #expect(request.head.hasPrefix("CONNECT control.example.com:443 HTTP/1.1"))
      #expect(request.header("proxy-authorization") == "Basic dXNlcjpzZWNyZXQ=")
    }
  }
}
