import Testing

@testable import SyncProtocol

@Suite("verifying messages") struct VerificationTests {
  private let agent: SigningKey
  private let control: SigningKey
  private let now: Int64 = 1_767_225_600

  init() throws {
    agent = try SigningKey(purpose: .agent)
    control = try SigningKey(purpose: .control)
  }

  private func request(_ body: String = "{}") throws -> SignedRequest {
    try SignedRequest(
      path: SyncPath.pull, contentType: "application/json", audience: "control", body: Array(body.utf8), key: agent,
      created: now, nonce: .random())
  }

  private func verify(
    _ fields: MessageFields, body: [UInt8], known: KnownKey?, now: Int64? = nil, method: String = "POST",
    path: String = SyncPath.pull, query: String = ""
  ) -> VerificationFailure.Code? {
    do throws(VerificationFailure) {
      let received = try ReceivedRequest(RequestHead(method: method, path: path, query: query, fields: fields))
      var stage = try received.verify(by: known, purposes: [.agent], now: now ?? self.now)
      stage.update(body)
      _ = try stage.finish(audience: "control")
      return nil
    } catch {
      return error.code
    }
  }

  private var known: KnownKey { KnownKey(key: agent.verificationKey, purpose: .agent) }

  private func replacing(_ fields: MessageFields, _ name: String, _ value: String?) -> MessageFields {
    var lines = fields.lines.filter { $0.name != name }.map { ($0.name, $0.value) }
    if let value { lines.append((name, value)) }
    return MessageFields(lines)
  }

  @Test("the accepted request names its key, path and a nonce to be kept for 300 s") func accepted() throws {
    let signed = try request()
    let received = try ReceivedRequest(RequestHead(path: signed.path, fields: signed.fields))
    var body = try received.verify(by: known, purposes: [.agent], now: now)
    body.update(signed.body)
    let accepted = try body.finish(audience: "control")
    #expect(accepted.key == agent.verificationKey)
    #expect(accepted.nonce.expires == now + 300)
    #expect(accepted.nonce.keyid == agent.keyid)
    #expect(accepted.binding == signed.binding)
  }

  @Test("keys that are not active, of another purpose, or another key under this id are refused") func keys() throws {
    let signed = try request()
    #expect(verify(signed.fields, body: signed.body, known: nil) == .keyUnknown)
    for state: KnownKey.State in [.next, .retired, .revoked] {
      let known = KnownKey(key: agent.verificationKey, purpose: .agent, state: state)
      #expect(verify(signed.fields, body: signed.body, known: known) == .keyUnknown)
    }
    for purpose in KeyPurpose.allCases where purpose != .agent {
      let known = KnownKey(key: agent.verificationKey, purpose: purpose)
      #expect(verify(signed.fields, body: signed.body, known: known) == .keyPurpose)
    }
    let other = KnownKey(key: control.verificationKey, purpose: .agent)
    #expect(verify(signed.fields, body: signed.body, known: other) == .keyUnknown)
  }

  @Test("time is checked to the second at both edges of the tolerance") func time() throws {
    let signed = try request()
    let cases: [(Int64, VerificationFailure.Code?)] = [
      (-120, nil), (-121, .clockSkew), (0, nil), (180, nil), (181, .expired), (.max - now - 1, .expired),
    ]
    for (offset, code) in cases {
      #expect(verify(signed.fields, body: signed.body, known: known, now: now + offset) == code, "\(offset)")
    }
  }

  @Test("another method, query or repeated field is refused") func shape() throws {
    let signed = try request()
    #expect(verify(signed.fields, body: signed.body, known: known, method: "GET") == .parameterRefused)
    #expect(verify(signed.fields, body: signed.body, known: known, query: "a=b") == .parameterRefused)
    for name in ["signature", "signature-input", "content-type", "sync-audience", "content-digest"] {
      var fields = signed.fields
      fields.append(name, fields[name][0])
      #expect(verify(fields, body: signed.body, known: known) == .parameterRefused, "\(name)")
      let code = verify(replacing(signed.fields, name, nil), body: signed.body, known: known)
      #expect(code != nil, "\(name)")
      let long = replacing(signed.fields, name, String(repeating: "a", count: 5000))
      #expect(verify(long, body: signed.body, known: known) != nil, "\(name)")
    }
  }

  @Test(
    "signature inputs outside the profile are refused",
    arguments: [
      #"sync=("@method");created=1;expires=61;nonce="AAAAAAAAAAA";keyid="x";tag="sync-v1""#,
      #"sync=("@method" "@method");created=1"#, #"sync=("@authority");created=1"#, #"sync=("date";sf);created=1"#,
      #"sync=("date";bs);created=1"#, #"sync=("@method";req);created=1"#, #"sync=("signature";key="sync");created=1"#,
      "sync=()", "sync=(", "sync", "sync=1", "sync=:AA==:", "=", ",", "sync=();created=1;created=2",
      "sync=(),sync=()", #"sync=("\x")"#, #"sync=("é")"#, "sync=();created=9999999999999999", "sync=();created=1.0",
    ])
  func inputs(input: String) throws {
    let signed = try request()
    let code = verify(replacing(signed.fields, "signature-input", input), body: signed.body, known: known)
    #expect(code != nil)
  }

  @Test("no change of one byte in any signed field, path or body is accepted") func mutateRequest() throws {
    let signed = try request(#"{"a":1}"#)
    var accepted: [String] = []
    for line in signed.fields.lines {
      let bytes = Array(line.value.utf8)
      for index in bytes.indices {
        for flip: UInt8 in [0x01, 0x20, 0x80] {
          var mutated = bytes
          mutated[index] ^= flip
          let fields = replacing(signed.fields, line.name, String(decoding: mutated, as: UTF8.self))
          if verify(fields, body: signed.body, known: known) == nil {
            accepted.append("\(line.name)[\(index)]^\(flip)")
          }
        }
      }
    }
    for index in signed.path.utf8.indices {
      var path = signed.path
      path.replaceSubrange(index...index, with: "x")
      if path != signed.path, verify(signed.fields, body: signed.body, known: known, path: path) == nil {
        accepted.append("path")
      }
    }
    for index in signed.body.indices {
      var body = signed.body
      body[index] ^= 1
      if verify(signed.fields, body: body, known: known) == nil { accepted.append("body[\(index)]") }
    }
    #expect(accepted == [])
  }

  @Test("no change of one byte in any field or the status of an answer is accepted") func mutateResponse() throws {
    let asked = try request()
    let signed = try SignedResponse(
      status: 409, contentType: "application/problem+json", body: [1, 2, 3], to: asked.binding, key: control,
      created: now, nonce: .random())
    let known = KnownKey(key: control.verificationKey, purpose: .control)
    func isAccepted(_ status: Int, _ fields: MessageFields, _ body: [UInt8], _ binding: RequestBinding) -> Bool {
      do throws(VerificationFailure) {
        let received = try ReceivedResponse(ResponseHead(status: status, fields: fields), to: binding)
        var stage = try received.verify(by: known, purposes: [.control])
        stage.update(body)
        try stage.finish()
        return true
      } catch {
        return false
      }
    }
    #expect(isAccepted(409, signed.fields, signed.body, asked.binding))
    #expect(!isAccepted(200, signed.fields, signed.body, asked.binding))
    #expect(!isAccepted(409, signed.fields, [1, 2], asked.binding))
    #expect(!isAccepted(409, signed.fields, signed.body, try request().binding))
    for line in signed.fields.lines {
      let bytes = Array(line.value.utf8)
      for index in bytes.indices {
        var mutated = bytes
        mutated[index] ^= 0x01
        let fields = replacing(signed.fields, line.name, String(decoding: mutated, as: UTF8.self))
        #expect(!isAccepted(409, fields, signed.body, asked.binding), "\(line.name)[\(index)]")
      }
    }
  }

  @Test("other signatures of proxies beside sync are ignored") func otherSignatures() throws {
    let signed = try request()
    var fields = replacing(signed.fields, "signature", "proxy=:AAAA:, " + signed.fields["signature"][0])
    fields = replacing(fields, "signature-input", #"proxy=("@path");created=1, "# + signed.fields["signature-input"][0])
    #expect(verify(fields, body: signed.body, known: known) == nil)
    let digest = signed.fields["content-digest"][0]
    #expect(ContentDigest(fieldValue: "unixsum=:AAAA:, " + digest) == ContentDigest(of: signed.body))
  }
}
