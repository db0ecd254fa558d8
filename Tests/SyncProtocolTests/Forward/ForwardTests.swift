import Testing

@testable import SyncProtocol

@Suite("the routing of forwarded requests") struct ForwardTests {
  private static let organization = "0190c2d4-0000-7000-8000-00000000000a"
  private let gateway: SigningKey
  private let now: Int64 = 1_767_225_600

  init() throws { gateway = try SigningKey(purpose: .forward) }

  private func routing(_ organization: String? = Self.organization, generation: Int64 = 3) throws -> ForwardRouting {
    try #require(
      ForwardRouting(organization: organization, generation: generation, client: "192.0.2.7", request: "a1b2c3"))
  }

  private func signed(_ path: String = "/api/0/organizations/acme/", query: String = "a=b%20c") throws -> MessageFields
  {
    try SignedForward(
      method: "GET", path: path, query: query, audience: "7", routing: try routing(), key: gateway, created: now,
      nonce: .random()
    ).fields
  }

  private var known: KnownKey { KnownKey(key: gateway.verificationKey, purpose: .forward) }

  private func verify(
    _ fields: MessageFields, method: String = "GET", path: String = "/api/0/organizations/acme/",
    query: String = "a=b%20c", known: KnownKey?, audience: String = "7", at offset: Int64 = 0
  ) -> VerificationFailure.Code? {
    do throws(VerificationFailure) {
      let received = try ReceivedForward(RequestHead(method: method, path: path, query: query, fields: fields))
      _ = try received.verify(by: known, audience: audience, now: now + offset)
      return nil
    } catch {
      return error.code
    }
  }

  @Test("what the gateway signs arrives as it was said, with a nonce to be kept for 300 s") func accepted() throws {
    let fields = try signed()
    let head = RequestHead(method: "GET", path: "/api/0/organizations/acme/", query: "a=b%20c", fields: fields)
    let received = try ReceivedForward(head)
    #expect(received.keyid == gateway.keyid)
    let accepted = try received.verify(by: known, audience: "7", now: now)
    #expect(accepted.routing == (try routing()))
    #expect(accepted.nonce.expires == now + 300)
    #expect(accepted.key == gateway.verificationKey)
  }

  @Test("no other method, path, query, region or time takes the signature") func bound() throws {
    let fields = try signed()
    #expect(verify(fields, known: known) == nil)
    #expect(verify(fields, method: "POST", known: known) == .signatureInvalid)
    #expect(verify(fields, path: "/api/0/organizations/other/", known: known) == .signatureInvalid)
    #expect(verify(fields, query: "", known: known) == .signatureInvalid)
    #expect(verify(fields, known: known, audience: "8") == .audienceMismatch)
    #expect(verify(fields, known: known, at: -121) == .clockSkew)
    #expect(verify(fields, known: known, at: 181) == .expired)
  }

  @Test("only an active key of purpose forward signs routing") func keys() throws {
    let fields = try signed()
    #expect(verify(fields, known: nil) == .keyUnknown)
    for state: KnownKey.State in [.next, .retired, .revoked] {
      let known = KnownKey(key: gateway.verificationKey, purpose: .forward, state: state)
      #expect(verify(fields, known: known) == .keyUnknown)
    }
    for purpose in KeyPurpose.allCases where purpose != .forward {
      #expect(verify(fields, known: KnownKey(key: gateway.verificationKey, purpose: purpose)) == .keyPurpose)
    }
  }

  @Test("a signature of sync-v1 is none of forward-v1, and the other way round") func profiles() throws {
    let agent = try SigningKey(purpose: .agent)
    let sync = try SignedRequest(
      path: SyncPath.pull, contentType: "application/json", audience: "7", body: [], key: agent, created: now,
      nonce: .random())
    #expect(verify(sync.fields, path: SyncPath.pull, query: "", known: known) == .signatureMissing)
    var both = sync.fields
    for line in try signed().lines where line.name == ForwardProfile.routingField {
      both.append(line.name, line.value)
    }
    #expect(verify(both, method: "POST", path: SyncPath.pull, query: "", known: known) == .signatureMissing)
    let forward = try signed()
    #expect(throws: VerificationFailure.self) {
      try ReceivedRequest(RequestHead(path: SyncPath.pull, fields: forward))
    }
  }

  @Test("no change of one byte in any field is accepted") func mutations() throws {
    let fields = try signed()
    var accepted: [String] = []
    for line in fields.lines {
      let bytes = Array(line.value.utf8)
      for index in bytes.indices {
        for flip: UInt8 in [0x01, 0x20, 0x80] {
          var mutated = bytes
          mutated[index] ^= flip
          let value = String(decoding: mutated, as: UTF8.self)
          let other = MessageFields(fields.lines.map { ($0.name, $0 == line ? value : $0.value) })
          if verify(other, known: known) == nil { accepted.append("\(line.name)[\(index)]^\(flip)") }
        }
      }
      let without = MessageFields(fields.lines.filter { $0 != line }.map { ($0.name, $0.value) })
      #expect(verify(without, known: known) != nil, "\(line.name)")
      var twice = fields
      twice.append(line.name, line.value)
      #expect(verify(twice, known: known) == .parameterRefused, "\(line.name)")
    }
    #expect(accepted == [])
  }

  @Test("what is written by hand equals the general signature base") func base() throws {
    let nonce = try #require(Nonce("AAAAAAAAAAAAAAAA"))
    let routing = try routing()
    let signed = try SignedForward(
      method: "PUT", path: "/x", query: "", audience: "12", routing: routing, key: gateway, created: now, nonce: nonce)
    var fields = MessageFields([("sync-audience", "12"), ("atoll-forward", routing.fieldValue)])
    let head = RequestHead(method: "PUT", path: "/x", fields: fields)
    try fields.sign(
      ForwardProfile.coverage, profile: .forward, key: gateway, created: now, nonce: nonce,
      value: { (component) throws(VerificationFailure) in try head.value(of: component) })
    #expect(signed.fields["signature-input"] == fields["signature-input"])
  }

  @Test("a routing without organization has no generation, and odd ones are refused") func routings() throws {
    let none = try routing(nil, generation: 0)
    #expect(none.fieldValue == #"client="192.0.2.7", request="a1b2c3""#)
    #expect(ForwardRouting(fieldValue: none.fieldValue) == none)
    let some = try routing()
    #expect(ForwardRouting(fieldValue: some.fieldValue) == some)
    let id = Self.organization
    for (organization, generation, client) in [
      (nil, 1, "c"), (id, 0, "c"), (id, -1, "c"), (id.uppercased(), 1, "c"), ("acme", 1, "c"), (id, 1, ""),
      (id, 1, "a b"), (id, 1, String(repeating: "a", count: 129)), (id, Int64.max, "c"),
    ] as [(String?, Int64, String)] {
      #expect(
        ForwardRouting(organization: organization, generation: generation, client: client, request: "r") == nil,
        "\(client)")
    }
    for text in [
      "", #"client="a""#, #"client="a", request="b", role="owner""#, #"client="a";x, request="b""#,
      #"client=a, request="b""#, #"generation=2, client="a", request="b""#,
    ] { #expect(ForwardRouting(fieldValue: text) == nil, "\(text)") }
  }

  @Test("a path or query that is too long or not ASCII is neither signed nor taken") func targets() throws {
    for path in ["/" + String(repeating: "a", count: 8192), "/ü", "/a b"] {
      #expect(throws: VerificationFailure.self) { try signed(path) }
      #expect(throws: VerificationFailure.self) { try signed(query: path) }
      let fields = try signed()
      #expect(verify(fields, path: path, known: known) == .parameterRefused)
    }
  }
}
