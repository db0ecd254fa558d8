import ControlPlane
import FoundationEssentials
import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct SyncTests {
  @Test("the manifest verifies by the pin, and by no other")
  func manifest() async throws {
    try await withControl { control in
      let answer = try await control.get(SyncPath.manifest)
      let signed = try SignedManifest(bytes: answer.bytes)
      let now = control.environment.seconds
      let manifest = try signed.verify(trust: .pin(control.pin), allowsDevelopment: true, now: now)
      #expect(manifest.keys.map(\.purpose) == [.control, .stream, .forward])
      let other = try SigningKey(purpose: .root).verificationKey.fingerprint
      #expect(throws: ManifestFailure.self) {
        try signed.verify(trust: .pin(other), allowsDevelopment: true, now: now)
      }
      #expect(throws: ManifestFailure.self) {
        try signed.verify(trust: .pin(control.pin), allowsDevelopment: false, now: now)
      }
    }
  }

  @Test("an unknown key, another audience, another path's signature and an altered body are refused, signed")
  func alterations() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let body = Array("{}".utf8)
      let stranger = try await eu.call(SyncPath.hello, body, key: try SigningKey(purpose: .agent))
      #expect(FakeRegion.code(stranger) == .signatureRefused)
      #expect(stranger.headers[try #require(HTTPField.Name("signature"))] != nil)
      let misdirected = try await eu.call(SyncPath.hello, body, audience: "region:1")
      #expect(try SyncProblem(body: misdirected.bytes).reason == "audience_mismatch")
      let altered = try await eu.call(SyncPath.hello, body) { _, bytes in bytes = Array("{ }".utf8) }
      #expect(try SyncProblem(body: altered.bytes).reason == "digest_mismatch")
      let sealKey = try SigningKey(seed: eu.stream.seed, purpose: .agent)
      let wrongPurpose = try await eu.call(SyncPath.hello, body, key: sealKey)
      #expect(try SyncProblem(body: wrongPurpose.bytes).reason == "key_purpose")
      let unsigned = try await control.raw(
        .post, SyncPath.hello, headers: [.contentType: "application/json"], body: body)
      #expect(unsigned.status == 401)
    }
  }

  @Test("a replayed request is refused although its signature is good")
  func replay() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let epoch = try #require(FakeRegion.epoch)
      let hello = HelloRequest(
        silo: eu.silo, instance: "0123456789abcdef0123456789abcdef", software: "t", counter: eu.nextCounter(),
        log: LogDescription(epoch: epoch, head: .zero), highestPeerEpoch: 0, manifestVersion: 1)
      let signed = try SignedRequest(
        path: SyncPath.hello, contentType: "application/json", audience: "control", body: hello.body, key: eu.agent,
        created: control.environment.seconds, nonce: .random())
      #expect(try await eu.send(signed).status == 200)
      let again = try await eu.send(signed)
      #expect(try SyncProblem(body: again.bytes).reason == "nonce_replayed")
    }
  }

  @Test("an old request is refused by its time")
  func stale() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let signed = try SignedRequest(
        path: SyncPath.hello, contentType: "application/json", audience: "control", body: [], key: eu.agent,
        created: control.environment.seconds - 400, nonce: .random())
      let reason = try SyncProblem(body: try await eu.send(signed).bytes).reason
      #expect(["expired", "clock_skew"].contains(reason))
    }
  }

  @Test("a counter that falls is refused and alarms operators")
  func counter() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      #expect(FakeRegion.code(try await eu.hello(counter: 1)) == .counterFell)
      let alarms = try await control.query("SELECT action FROM control.audit WHERE alarm").decode(String.self)
      #expect(alarms == ["region.counter_fell"])
    }
  }

  @Test("a key speaks for its own region only, and a later hello ends the session before")
  func sessions() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let us = try await FakeRegion.joined(control, "us")
      #expect(FakeRegion.code(try await eu.hello(silo: us.silo)) == .badMessage)
      let old = eu.session
      #expect(try await eu.hello().status == 200)
      let new = eu.session
      eu.session = old
      #expect(FakeRegion.code(try await eu.pullRaw()) == .sessionFenced)
      eu.session = us.session
      #expect(FakeRegion.code(try await eu.pullRaw()) == .sessionFenced)
      eu.session = new
      #expect(try await eu.pullRaw().status == 200)
    }
  }

  @Test("a batch sealed by another key, or for another stream, is refused")
  func seals() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let us = try await FakeRegion.joined(control, "us")
      let answer = try await eu.pushRaw([], seal: us.stream)
      #expect(answer.status == 400 || answer.status == 200)
      #expect(try await eu.push([]).isEmpty)
      let forged = try await eu.pushRaw([], seal: us.stream)
      #expect(FakeRegion.code(forged) == .batchRefused)
      let revoked = try await eu.pushRaw([], seal: try SigningKey(purpose: .stream))
      #expect(FakeRegion.code(revoked) == .batchRefused)
    }
  }
}
