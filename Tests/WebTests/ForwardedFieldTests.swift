import Testing

@testable import Web

@Suite("Forwarded (RFC 7239)") struct ForwardedFieldTests {
  @Test("says who asked, for which host and how, in its own grammar")
  func grammar() throws {
    func value(_ address: String?, _ host: String, _ isSecure: Bool = true) throws -> String {
      let client = try address.map { try #require(ClientAddress($0)) } ?? .local
      return ForwardedField(client: client, host: host, isSecure: isSecure).value
    }
    #expect(try value("192.0.2.7", "eu.example.com") == #"for=192.0.2.7;host="eu.example.com";proto=https"#)
    #expect(
      try value("2001:db8::1", "[::1]:8443", false) == #"for="[2001:db8:0:0:0:0:0:1]";host="[::1]:8443";proto=http"#)
    #expect(try value(nil, "") == "for=unknown;proto=https")
    for broken in ["a\"b", "a\\b", "a b", "a\r\nb", "b\u{FC}cher.example"] {
      #expect(try value("192.0.2.7", broken) == "for=192.0.2.7;proto=https")
    }
  }
}
