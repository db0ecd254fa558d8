import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Web

/// Calls to URLs that somebody else named.
@Suite("Calls to foreign URLs") struct OutboundGuardTests {
  private static func guarding(_ address: String, allowing allowed: NetworkList = .none) -> OutboundGuard {
    OutboundGuard(allowing: allowed) { _ in ClientAddress(address) ?? .local }
  }

  private static func code(_ url: String, _ guarding: OutboundGuard) async throws -> OutboundFailure.Code? {
    do {
      _ = try await guarding.target(url)
      return nil
    } catch let failure as OutboundFailure { return failure.code }
  }

  @Test(
    "lead to no address that is not of the public Internet, however it is written",
    arguments: [
      "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
      "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
      "2002:7f00:1::",
      "64:ff9b::7f00:1", "2001:db8::1", "2001::1",
    ])
  func special(address: String) async throws {
    #expect(try await Self.code("https://app.example.com/x", Self.guarding(address)) == .forbiddenAddress)
    let literal = address.contains(":") ? "[\(address)]" : address
    #expect(try await Self.code("https://\(literal)/x", Self.guarding("93.184.216.34")) == .forbiddenAddress)
  }

  @Test("lead to public addresses, and to those that an operator allowed")
  func allowed() async throws {
    for address in ["93.184.216.34", "172.15.255.255", "172.32.0.1", "2606:2800:220:1::1"] {
      #expect(try await Self.code("https://app.example.com:8443/x?y", Self.guarding(address)) == nil)
    }
    let list = try #require(NetworkList("10.0.0.0/8, fd00::/8"))
    #expect(try await Self.code("https://app.example.com/", Self.guarding("10.1.1.1", allowing: list)) == nil)
    #expect(try await Self.code("https://app.example.com/", Self.guarding("fd12::1", allowing: list)) == nil)
    #expect(
      try await Self.code("https://app.example.com/", Self.guarding("127.0.0.1", allowing: list)) == .forbiddenAddress)
  }

  @Test(
    "are https, or http on loopback, to a plain host",
    arguments: [
      "http://app.example.com/", "ftp://app.example.com/", "https://user:secret@app.example.com/", "https:///x",
      "https://app.example.com:0/", "https://app.example.com\\@127.0.0.1/", "file:///etc/passwd", "//x", "",
      "https://app.example.com/\u{0}", "https://App.example.com/", "https://%61pp.example.com/",
      "https://app.example.com./",
      "https://app_x.example.com/", "https://[app.example.com]/", "https://[::1%25eth0]/",
    ])
  func urls(url: String) async throws {
    #expect(try await Self.code(url, Self.guarding("93.184.216.34")) == .url)
  }

  @Test("resolve once and connect to the address that was checked, whatever the name says a moment later")
  func rebinding() async throws {
    let router = Router.withProblems()
    let forms = Mutex<[String]>([])
    router.post("/hook") { request, _ in
      let form = try await request.form()
      forms.withLock { $0.append("\(request.head.authority ?? "") \(form["a"] ?? "")") }
      return Response(status: .seeOther, headers: [.location: "http://127.0.0.1:1/"])
    }
    try await Application(router: router).test(.live) { client in
      let port = try #require(client.port)
      let asked = Mutex(0)
      let list = try #require(NetworkList("127.0.0.0/8"))
      let guarding = OutboundGuard(allowing: list) { host in
        #expect(host == "localhost")
        let count = asked.withLock { count in
          count += 1
          return count
        }
        return ClientAddress(count == 1 ? "127.0.0.1" : "10.0.0.1") ?? .local
      }
      let status = try await guarding.post(
        "http://localhost:\(port)/hook", form: [("a", "b c&d=\u{E9}")], timeout: .seconds(60))
      // A redirect is an answer, not a way on.
      #expect(status == 303)
      #expect(asked.withLock { $0 } == 1)
      #expect(forms.withLock { $0 } == ["localhost:\(port) b c&d=\u{E9}"])
      await #expect(throws: OutboundFailure.self) {
        try await guarding.post("http://localhost:\(port)/hook", form: [], timeout: .seconds(60))
      }
      #expect(forms.withLock { $0.count } == 1)
    }
  }

  @Test("say that nobody answers, or that a name leads nowhere")
  func failures() async throws {
    struct Unknown: Error {}
    let nowhere = OutboundGuard { _ in throw Unknown() }
    #expect(try await Self.code("https://app.example.com/", nowhere) == .unresolved)
    let list = try #require(NetworkList("127.0.0.1"))
    do {
      _ = try await OutboundGuard(allowing: list).post("http://127.0.0.1:1/", form: [], timeout: .seconds(60))
      Issue.record("something answered")
    } catch let failure as OutboundFailure {
      #expect(failure.code == .unreachable)
    }
  }
}
