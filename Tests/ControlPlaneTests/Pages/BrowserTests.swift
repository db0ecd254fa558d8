import ControlPlane
import HTTPTypes
import Hummingbird
import NIOCore
import Silo
import SyncProtocol
import Testing
import Web

@Suite struct BrowserTests {
  @Test(
    "only a path of one's own is a way back",
    arguments: [
      "/", "/organizations", "/oauth/authorize?client_id=eu&redirect_uri=https%3A%2F%2Feu.example.com%2Fcb&x=%2F%2F",
      "/a/b-c_d~e?f=//g", "/invitations/accept?token=atli_abc",
    ])
  func waysBack(text: String) throws {
    #expect(try #require(ReturnPath(text)).text == text)
  }

  @Test(
    "what could lead elsewhere in any browser is no way back",
    arguments: [
      "", "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "https://evil.example",
      "javascript:alert(1)",
      "data:text/html,x", "evil.example", "/a//evil.example", "/%2f/evil.example", "/%2Fevil.example",
      "/%5cevil.example",
      "/%5Cevil.example", "/%252fevil", "/a/../b", "/..", "/./a", "/%2e%2e/a", "/\tevil", "/a\nSet-Cookie: x=y", "/a\r",
      "/ a", "/a#b",
      "/a?b#c", "/%", "/%4", "/%zz", "/caf\u{E9}", "/\u{FF0F}evil.example", "/a\u{0}", "?x", "/a?b=\"", "/a?<", "/%00",
      "/" + String(repeating: "a", count: 4096),
    ])
  func notWaysBack(text: String) { #expect(ReturnPath(text) == nil) }

  @Test(
    "an origin is https, or http on this machine",
    arguments: [
      ("https://Login.Example.com", "https://login.example.com"),
      ("https://login.example.com/", "https://login.example.com"),
      ("https://login.example.com:443", "https://login.example.com"),
      ("https://login.example.com:8443", "https://login.example.com:8443"),
      ("http://127.0.0.1:8400", "http://127.0.0.1:8400"), ("http://localhost:80", "http://localhost"),
      ("http://[::1]:8400", "http://[::1]:8400"),
    ])
  func origins(text: String, url: String) throws { #expect(try #require(ControlSite(text)).url == url) }

  @Test(
    "what is not one origin is refused",
    arguments: [
      "", "http://login.example.com", "https://", "https://a b", "https://user@host", "https://host/path",
      "https://host?x",
      "https://host#x", "ftp://host", "https://host:0", "https://host:65536", "https://host:080", "https://host:",
      "//host",
      "https://host;script-src *", "http://127.0.0.1.evil.example", "https://[zz]", "null",
    ])
  func notOrigins(text: String) { #expect(ControlSite(text) == nil) }

  @Test("a form's body is read as it stands: percent, plus, several values of one name")
  func form() throws {
    let body = try FormBody(parsing: Array("a=1+2&b=%C3%A9&c=x&c=y&d&=e&f=a%3Db%26c".utf8))
    #expect(body["a"] == "1 2")
    #expect(body["b"] == "\u{E9}")
    #expect(body["c"] == nil)
    #expect(body.all("c") == ["x", "y"])
    #expect(body["d"] == "")
    #expect(body["f"] == "a=b&c")
    #expect(body["g"] == nil)
  }

  @Test(
    "a form's body that is not clean UTF-8 in whole escapes is refused",
    arguments: ["a=%", "a=%4", "a=%zz", "a=%FF", "a=%C3", "a=%ED%A0%80", "a=%00", "%FF=a", "a=%C0%AF"])
  func brokenForm(text: String) { #expect(throws: Problem.self) { try FormBody(parsing: Array(text.utf8)) } }

  @Test("a form has a bounded number of fields")
  func manyFields() {
    let body = Array(Array(repeating: "a=1", count: 65).joined(separator: "&").utf8)
    #expect(throws: Problem.self) { try FormBody(parsing: body) }
  }

  @Test("of two cookies with one name neither counts")
  func twoCookies() {
    #expect(RequestCookies(Self.request([("Cookie", "a=1; b=2")]))["b"] == "2")
    #expect(RequestCookies(Self.request([("Cookie", "b=1; b=2")]))["b"] == nil)
    #expect(RequestCookies(Self.request([("Cookie", "__host-atoll=1")]))["__Host-atoll"] == nil)
  }

  @Test("cookies are of the host alone, unreadable for scripts, and Secure unless this is development")
  func cookies() throws {
    let site = try #require(ControlSite("https://login.example.com"))
    #expect(
      BrowserCookie.session.set("x", seconds: 60, at: site)
        == "__Host-atoll=x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60")
    #expect(BrowserCookie.session.set("x", at: .local) == "atoll=x; Path=/; HttpOnly; SameSite=Lax")
  }

  @Test(
    "a change needs exactly our own origin: a region's subdomain, another port or scheme, null and nothing are refused",
    arguments: [
      ([("Origin", "https://login.example.com")], true),
      ([("Origin", "https://login.example.com"), ("Sec-Fetch-Site", "same-origin")], true),
      ([("Sec-Fetch-Site", "same-origin")], true),
      ([("Origin", "https://eu.login.example.com"), ("Sec-Fetch-Site", "same-site")], false),
      ([("Origin", "https://eu.example.com"), ("Sec-Fetch-Site", "same-site")], false),
      ([("Origin", "https://example.com")], false), ([("Origin", "https://login.example.com:8443")], false),
      ([("Origin", "http://login.example.com")], false), ([("Origin", "null")], false), ([("Origin", "")], false),
      ([("Origin", "https://login.example.com.evil.example")], false),
      ([("Origin", "https://login.example.com"), ("Sec-Fetch-Site", "same-site")], false),
      ([("Origin", "https://login.example.com"), ("Origin", "https://evil.example")], false),
      ([("Sec-Fetch-Site", "same-site")], false), ([("Sec-Fetch-Site", "none")], false),
      ([("Referer", "https://login.example.com/login")], false), ([], false),
    ])
  func originCheck(headers: [(String, String)], isOwn: Bool) throws {
    let site = try #require(ControlSite("https://login.example.com"))
    #expect(OwnOrigin.isOwn(Self.request(headers), at: site) == isOwn)
  }

  private static func request(_ headers: [(String, String)]) -> Request {
    var fields = HTTPFields()
    for (name, value) in headers {
      if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
    }
    return Request(
      head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/x", headerFields: fields),
      body: RequestBody(buffer: ByteBuffer()))
  }
}
