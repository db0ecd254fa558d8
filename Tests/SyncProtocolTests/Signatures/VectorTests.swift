import Testing

@testable import SyncProtocol

@Suite("the shared vectors of sync-v1") struct VectorTests {
  private let vectors: Vectors

  init() throws { vectors = try Vectors() }

  /// Verifies as a receiver does; the set stands for the table of nonces.
  private func verify(_ message: Vectors.Message, nonces: inout Set<String>) -> String? {
    do throws(VerificationFailure) {
      if let response = message.response {
        let binding = try requireBinding(message.request)
        let received = try ReceivedResponse(response, to: binding)
        var body = try received.verify(by: vectors.key(received.keyid), purposes: [.control])
        body.update(message.body)
        try body.finish()
        return nil
      }
      let received = try ReceivedRequest(message.request)
      var body = try received.verify(by: vectors.key(received.keyid), purposes: [.agent], now: vectors.now)
      for byte in message.body { body.update([byte]) }
      let accepted = try body.finish(audience: "control-main")
      guard nonces.insert("\(accepted.nonce.keyid) \(accepted.nonce.nonce)").inserted else {
        throw VerificationFailure(.nonceReplayed, "again")
      }
      return nil
    } catch {
      return error.code.rawValue
    }
  }

  private func requireBinding(_ head: RequestHead) throws(VerificationFailure) -> RequestBinding {
    guard let binding = RequestBinding(head) else { throw VerificationFailure(.signatureMissing, "no binding") }
    return binding
  }

  @Test("every accepted message is accepted") func accepted() {
    #expect(vectors.accepted.count == 5)
    for message in vectors.accepted {
      var nonces: Set<String> = []
      #expect(verify(message, nonces: &nonces) == nil, "\(message.name)")
    }
  }

  @Test("every refused message is refused with its code") func refused() throws {
    #expect(vectors.refused.count == 24)
    for message in vectors.refused {
      var nonces: Set<String> = []
      if message.code == "nonce_replayed" {
        let request = try #require(vectors.accepted.first { $0.name == "request" })
        #expect(verify(request, nonces: &nonces) == nil)
      }
      #expect(verify(message, nonces: &nonces) == message.code, "\(message.name)")
    }
  }

  @Test("the codes are exactly those of the vectors") func codes() {
    #expect(Set(vectors.refused.compactMap(\.code)) == Set(VerificationFailure.Code.allCases.map(\.rawValue)))
  }

  @Test("the signature base of every accepted message is rebuilt byte for byte") func bases() throws {
    for message in vectors.accepted {
      if let response = message.response {
        let binding = try #require(RequestBinding(message.request))
        #expect(try ReceivedResponse(response, to: binding).signatureBase() == message.base, "\(message.name)")
      } else {
        #expect(try ReceivedRequest(message.request).signatureBase() == message.base, "\(message.name)")
      }
    }
  }

  @Test("signing the vectors' request and response again gives messages that the vectors' receiver accepts")
  func resign() throws {
    let request = try #require(vectors.accepted.first { $0.name == "request" })
    let agent = try signingKey(.agent)
    let signed = try SignedRequest(
      path: "/sync/v1/pull", contentType: "application/json", audience: "control-main", body: request.body, key: agent,
      created: vectors.now, nonce: try #require(Nonce("q83vEjRWeJA")))
    #expect(signed.fields["signature-input"] == request.request.fields["signature-input"])
    #expect(signed.fields["content-digest"] == request.request.fields["content-digest"])
    let head = RequestHead(path: signed.path, fields: signed.fields)
    #expect(try ReceivedRequest(head).signatureBase() == request.base)
    // BoringSSL's Ed25519 is deterministic: here the very bytes agree with the independent implementations.
    #expect(signed.fields["signature"] == request.request.fields["signature"])
    let response = try #require(vectors.accepted.first { $0.name == "response" })
    let answer = try SignedResponse(
      status: 200, contentType: "application/json", body: response.body, to: signed.binding,
      key: try signingKey(.control), created: vectors.now, nonce: try #require(Nonce("7s3vEjRWeJE")))
    #expect(answer.fields["signature-input"] == response.response?.fields["signature-input"])
    #expect(answer.fields["signature"] == response.response?.fields["signature"])
  }

  @Test("the keys that the vectors refuse are refused") func keys() {
    #expect(vectors.refusedKeys.count == 3)
    for (name, bytes) in vectors.refusedKeys { #expect(VerificationKey(bytes: bytes) == nil, "\(name)") }
  }

  private func signingKey(_ purpose: KeyPurpose) throws -> SigningKey {
    let known = try #require(vectors.keys.first { $0.purpose == purpose })
    return try SigningKey(seed: try #require(vectors.seeds[known.key.thumbprint]), purpose: purpose)
  }
}
