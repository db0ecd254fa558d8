import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import TestSupport
import Testing

/// What is published, and how keys come and go.
@Suite struct ProviderKeyTests {
  @Test("discovery says where everything is and what is not taken")
  func discovery() async throws {
    try await withControl { control in
      let answer = try await control.get("/.well-known/openid-configuration")
      #expect(answer.status == 200)
      let site = control.environment.site.url
      #expect(try answer.text("issuer") == site)
      for (name, path) in [
        ("authorization_endpoint", "/oauth/authorize"), ("token_endpoint", "/oauth/token"),
        ("userinfo_endpoint", "/oauth/userinfo"), ("jwks_uri", "/oauth/jwks"),
        ("revocation_endpoint", "/oauth/revoke"), ("end_session_endpoint", "/oauth/logout"),
      ] {
        #expect(try answer.text(name) == site + path)
      }
      let document = try answer.json.object()
      #expect(document["code_challenge_methods_supported"] == ["S256"])
      #expect(document["response_types_supported"] == ["code"])
      #expect(document["id_token_signing_alg_values_supported"] == ["RS256"])
      #expect(document["authorization_response_iss_parameter_supported"] == true)
      #expect(document["request_parameter_supported"] == false)
      // No third party, no key: nothing is computed for strangers.
      #expect(try await control.get("/oauth/jwks").json.field("keys").array(maximum: 1).isEmpty)
    }
  }

  @Test("the next key is published a day before it signs, and the old one until its last token has expired")
  func rotation() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      func published() async throws -> [String] {
        try await control.get("/oauth/jwks").json.field("keys").array(maximum: 9).map {
          try $0.field("kid").string()
        }
      }
      func signer() async throws -> String {
        let token = try await client.exchange(try await client.code(ada.token)).text("id_token")
        let header = try #require(token.split(separator: ".").first.flatMap { Base64.decode(String($0)) })
        return try JSONReader(try JSONParser.parse(header)).field("kid").string()
      }
      let old = try await signer()
      #expect(try await published() == [old])
      let ask: () async throws -> Answer = {
        try await control.post("/api/v1/operator/id-token-keys", token: control.operatorToken, [:])
      }
      #expect(try await ask().text("state") == "announced")
      #expect(try await ask().text("state") == "waiting")
      let next = try #require(try await published().first { $0 != old })
      control.clock.advance(86_399)
      try await control.server.maintenance.pass()
      #expect(try await signer() == old)
      control.clock.advance(2)
      try await control.server.maintenance.pass()
      #expect(try await signer() == next)
      #expect(try await Set(published()) == [old, next])
      control.clock.advance(300 + 240 + 1)
      try await control.server.maintenance.pass()
      #expect(try await published() == [next])
      // After its time the next one is made without anybody.
      control.clock.advance(90 * 86_400)
      try await control.server.maintenance.pass()
      #expect(try await published().count == 2)
      let actions = try await control.query(
        "SELECT action FROM control.audit WHERE action LIKE 'id_token_key%' ORDER BY id"
      ).decode(String.self)
      #expect(
        actions == [
          "id_token_key.announce", "id_token_key.announce", "id_token_key.promote", "id_token_key.announce",
        ])
    }
  }

  @Test("a stolen key is replaced at once: its tokens are none any more, and operators get an alarm")
  func emergency() async throws {
    try await withControl { control in
      let bye = "https://app.example.com/bye"
      let client = try await OpenIDClient.register(control, [("trusted", true), ("logout_uris", [.string(bye)])])
      let ada = try await control.person("ada@example.com")
      let path = "/api/v1/operator/id-token-keys"
      func published() async throws -> [String] {
        try await control.get("/oauth/jwks").json.field("keys").array(maximum: 9).map {
          try $0.field("kid").string()
        }
      }
      let token = try await client.exchange(try await client.code(ada.token)).text("id_token")
      #expect(try await control.post(path, token: control.operatorToken, [:]).text("state") == "announced")
      let before = try await published()
      #expect(before.count == 2)
      let operators = try await control.post(
        "/api/v1/operator/operators", token: control.operatorToken, ["name": "o", "role": "operator"])
      let refused = try await control.post(path, token: try operators.text("token"), ["emergency": true])
      #expect(refused.status == 403)
      #expect(try await control.post(path, token: control.operatorToken, ["emergency": 1]).status == 400)
      #expect(try await published() == before)
      let replaced = try await control.post(path, token: control.operatorToken, ["emergency": true])
      #expect(try replaced.text("state") == "replaced")
      let after = try await published()
      #expect(after.count == 1 && !before.contains(after[0]))
      // The thief's tokens are believed nowhere here: as a hint at logout they are no token of ours.
      let query = OpenIDClient.form([("id_token_hint", token), ("post_logout_redirect_uri", bye)])
      #expect(try await client.browse("/oauth/logout?" + query, ada.token).status == 400)
      let fresh = try await client.exchange(try await client.code(ada.token)).text("id_token")
      let header = try #require(fresh.split(separator: ".").first.flatMap { Base64.decode(String($0)) })
      #expect(try JSONReader(try JSONParser.parse(header)).field("kid").string() == after[0])
      let alarms = try await control.query("SELECT action FROM control.audit WHERE alarm").decode(String.self)
      #expect(alarms == ["id_token_key.emergency"])
    }
  }

  @Test("an ID token verifies with openssl by the published key, and not when a byte of it is another")
  func openssl() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      let token = try await client.exchange(try await client.code(ada.token)).text("id_token")
      let parts = token.split(separator: ".").map(String.init)
      let set = try await control.get("/oauth/jwks").json.field("keys").array(maximum: 1)
      let published = try #require(set.first)
      let modulus = try #require(Base64.decode(try published.field("n").string()))
      #expect(modulus.count == 384)
      let folder = "/tmp/atoll-openssl-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try Data(Self.publicKey(modulus)).write(to: URL(filePath: folder + "/key.der"))
      try Data(try #require(Base64.decode(parts[2]))).write(to: URL(filePath: folder + "/signature"))
      for (input, succeeds) in [("\(parts[0]).\(parts[1])", true), ("\(parts[0]).\(parts[1])x", false)] {
        try Data(input.utf8).write(to: URL(filePath: folder + "/input"))
        let command = [
          "/usr/bin/openssl", "dgst", "-sha256", "-verify", folder + "/key.der", "-keyform", "DER", "-signature",
          folder + "/signature", folder + "/input",
        ]
        if succeeds {
          #expect(try await Program.run(command).contains("Verified OK"))
        } else {
          await #expect(throws: Program.Failure.self) { try await Program.run(command) }
        }
      }
    }
  }

  /// A SubjectPublicKeyInfo of an RSA key with the exponent 65537.
  private static func publicKey(_ modulus: [UInt8]) -> [UInt8] {
    func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      let length = content.count
      let size: [UInt8] =
        length < 128 ? [UInt8(length)] : [0x82, UInt8(length >> 8), UInt8(length & 0xFF)]
      return [tag] + size + content
    }
    let key = der(0x30, der(0x02, [0] + modulus) + der(0x02, [1, 0, 1]))
    let algorithm: [UInt8] = [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 1, 1, 5, 0]
    return der(0x30, algorithm + der(0x03, [0] + key))
  }
}
