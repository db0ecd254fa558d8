import Testing

@testable import Web

@Suite struct StrictTransportTests {
  @Test("is said of names over TLS, and never of plain HTTP, of addresses and of this machine")
  func values() {
    let year = StrictTransport.year
    for url in ["https://login.example.com", "https://eu.example.com:8443", "https://eu.example.com/path"] {
      #expect(year.value(for: url) == "max-age=31536000", "\(url)")
    }
    for url in [
      "http://login.example.com", "http://127.0.0.1:8400", "https://localhost:8400", "https://a.localhost",
      "https://127.0.0.1", "https://192.0.2.1:443", "https://[::1]:8400", "login.example.com", "",
    ] {
      #expect(year.value(for: url) == nil, "\(url)")
    }
    #expect(StrictTransport(seconds: 0).value(for: "https://login.example.com") == "max-age=0", "taken back")
  }
}
