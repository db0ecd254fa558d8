import ControlPlane
import FoundationEssentials
import HTTPTypes
import Silo
import SyncProtocol
import Testing

@Suite struct ManifestTests {
  private static let path = "/api/v1/operator/manifest"

  private func propose(_ change: String, _ control: ControlFixture) async throws -> Manifest {
    let answer = try await control.post(
      "\(Self.path)/proposals", token: control.operatorToken, ["change": .string(change)])
    try #require(answer.status == 201, "\(String(decoding: answer.bytes, as: UTF8.self))")
    return try Manifest(body: try #require(Base64.decode(try answer.text("content"))))
  }

  private func publish(
    _ manifest: Manifest, by roots: [SigningKey]? = nil, _ control: ControlFixture
  ) async throws -> Answer {
    let bytes = try SignedManifest(manifest, roots: roots ?? [control.root]).bytes
    return try await control.post(
      Self.path, token: control.operatorToken, ["document": .string(Base64.encode(bytes))])
  }

  /// The thumbprint of the key that signs an answer to `region` now.
  private func signer(for region: FakeRegion) async throws -> String {
    let answer = try await region.pullRaw()
    try #require(answer.status == 200)
    let input = try #require(answer.headers[.init("signature-input") ?? .accept])
    return String(try #require(input.split(separator: "keyid=\"").last?.split(separator: "\"").first))
  }

  private func signing(_ control: ControlFixture) async throws -> Set<String> {
    let view = try await control.get(Self.path, token: control.operatorToken)
    return Set(
      try view.json.field("keys").array(maximum: 99).filter { try $0.field("signs").bool() }
        .map { try $0.field("thumbprint").string() })
  }

  @Test("new keys sign once every region believes the manifest that lists them, and not before")
  func rotate() async throws {
    try await withControl { control in
      let region = try await FakeRegion.joined(control, "eu")
      let before = try await signing(control)
      let next = try await propose("rotate", control)
      #expect(next.version == 2)
      #expect(next.keys.count == 6, "two of each purpose")
      let published = try await publish(next, control)
      #expect(published.status == 200)
      #expect(try published.json.field("waiting_for").array(maximum: 9).map { try $0.string() } == ["eu"])
      #expect(try await region.manifest() == next, "everybody is shown the new one at once")
      #expect(before.contains(try await signer(for: region)))
      try await control.server.maintenance.pass()
      #expect(try await signing(control) == before)

      region.manifestVersion = 2
      #expect(before.contains(try await signer(for: region)))
      try await control.server.maintenance.pass()
      let after = try await signing(control)
      #expect(after.isDisjoint(with: before))
      #expect(after.isSubset(of: Set(next.keys.map(\.key.thumbprint))))
      #expect(after.contains(try await signer(for: region)))
      // What comes after lists the old keys as retired, and then not at all.
      let third = try await propose("rotate", control)
      #expect(Set(third.keys.filter { $0.state == .retired }.map(\.key.thumbprint)) == before)
      #expect(try await publish(third, control).status == 200)
    }
  }

  @Test("a region that was not heard of for 30 days holds up nothing")
  func absent() async throws {
    try await withControl { control in
      _ = try await FakeRegion.joined(control, "eu")
      let before = try await signing(control)
      #expect(try await publish(try await propose("rotate", control), control).status == 200)
      control.clock.advance(Double(ManifestService.waitsForSeconds) + 60)
      try await control.server.maintenance.pass()
      #expect(try await signing(control).isDisjoint(with: before))
    }
  }

  @Test("revoked keys sign nothing from the moment the manifest is in force, and operators get an alarm")
  func revoke() async throws {
    try await withControl { control in
      let region = try await FakeRegion.joined(control, "eu")
      let before = try await signing(control)
      let next = try await propose("revoke", control)
      #expect(Set(next.keys.filter { $0.state == .revoked }.map(\.key.thumbprint)) == before)
      #expect(try await publish(next, control).status == 200)
      #expect(try await signing(control).isDisjoint(with: before))
      #expect(!before.contains(try await signer(for: region)))
      let audit = try await control.get("/api/v1/operator/audit", token: control.operatorToken)
      let alarms = try audit.json.field("entries").array(maximum: 100).filter { try $0.field("alarm").bool() }
      #expect(try alarms.map { try $0.field("action").string() } == ["manifest.revoke"])
    }
  }

  @Test("a manifest is refused unless a trusted root signed it, it is the next one, and its keys are control's")
  func refused() async throws {
    try await withControl { control in
      let next = try await propose("renew", control)
      let stranger = try SigningKey(purpose: .root)
      #expect(try await publish(next, by: [stranger], control).problem == "manifest-refused")
      let foreign = Manifest(
        version: 2, issued: next.issued, expires: next.expires, development: true, primaryRoot: next.primaryRoot,
        recoveryRoot: next.recoveryRoot,
        keys: next.keys + [KnownKey(key: try SigningKey(purpose: .control).verificationKey, purpose: .control)])
      #expect(try await publish(try #require(foreign), control).problem == "manifest-refused")
      let empty = Manifest(
        version: 2, issued: next.issued, expires: next.expires, development: true, primaryRoot: next.primaryRoot,
        recoveryRoot: next.recoveryRoot, keys: [])
      #expect(try await publish(try #require(empty), control).problem == "manifest-refused")
      let official = Manifest(
        version: 2, issued: next.issued, expires: next.expires, development: false, primaryRoot: next.primaryRoot,
        recoveryRoot: next.recoveryRoot, keys: next.keys)
      #expect(try await publish(try #require(official), control).problem == "manifest-refused")
      #expect(try await publish(next, control).status == 200)
      #expect(try await publish(next, control).problem == "manifest-refused")
      let bad = try await control.post(Self.path, token: control.operatorToken, ["document": "AAAA"])
      #expect(bad.problem == "manifest-refused")
    }
  }

  @Test("a new root needs the signature of a present one and its own, and becomes the pin")
  func newRoot() async throws {
    try await withControl { control in
      let fresh = try SigningKey(purpose: .root)
      let next = try await propose("renew", control)
      let replaced = try #require(next.replacing(primaryRoot: fresh.verificationKey))
      #expect(try await publish(replaced, by: [fresh], control).problem == "manifest-refused")
      #expect(try await publish(replaced, by: [control.root], control).problem == "manifest-refused")
      #expect(try await publish(replaced, by: [control.root, fresh], control).status == 200)
      _ = try await control.region("eu")
      let made = try await control.post(
        "/api/v1/operator/regions/eu/join-tokens", token: control.operatorToken, [:])
      #expect(try made.text("pin") == fresh.verificationKey.fingerprint)
    }
  }

  @Test("the recovery root is replaced in the same way, by either root, and what it replaced signs nothing any more")
  func newRecoveryRoot() async throws {
    try await withControl { control in
      let fresh = try SigningKey(purpose: .recovery)
      let next = try await propose("renew", control)
      #expect(next.replacing(recoveryRoot: next.primaryRoot) == nil)
      #expect(next.replacing(recoveryRoot: next.recoveryRoot) == nil)
      let replaced = try #require(next.replacing(recoveryRoot: fresh.verificationKey))
      #expect(replaced.primaryRoot == next.primaryRoot)
      #expect(try await publish(replaced, by: [fresh], control).problem == "manifest-refused")
      #expect(try await publish(replaced, by: [control.recovery], control).problem == "manifest-refused")
      #expect(try await publish(replaced, by: [control.recovery, fresh], control).status == 200)
      let audit = try await control.get("/api/v1/operator/audit", token: control.operatorToken)
      let alarms = try audit.json.field("entries").array(maximum: 100).filter { try $0.field("alarm").bool() }
      #expect(try alarms.map { try $0.field("subject").string() } == [fresh.verificationKey.fingerprint])
      // A region that pinned what is now the pin can join, and the old recovery root is a stranger.
      _ = try await FakeRegion.joined(control, "eu")
      let later = try await propose("renew", control)
      #expect(try await publish(later, by: [control.recovery], control).problem == "manifest-refused")
      #expect(try await publish(later, by: [fresh], control).status == 200)
      let last = try await propose("renew", control)
      #expect(try await publish(last, by: [control.root], control).status == 200)
    }
  }

  @Test("a second rotation waits for the first, and a proposal that was never signed is replaced by the next")
  func onceAtATime() async throws {
    try await withControl { control in
      _ = try await FakeRegion.joined(control, "eu")
      let forgotten = try await propose("rotate", control)
      let next = try await propose("rotate", control)
      #expect(try await publish(forgotten, control).problem == "manifest-refused")
      #expect(try await publish(next, control).status == 200)
      let third = try await control.post(
        "\(Self.path)/proposals", token: control.operatorToken, ["change": "rotate"])
      #expect(third.problem == "rotation-open")
    }
  }

  @Test("only an owner may propose or publish; an auditor may look")
  func roles() async throws {
    try await withControl { control in
      for role in ["operator", "auditor"] {
        let made = try await control.post(
          "/api/v1/operator/operators", token: control.operatorToken, ["name": .string(role), "role": .string(role)])
        let token = try made.text("token")
        #expect(try await control.get(Self.path, token: token).status == 200)
        #expect(
          try await control.post("\(Self.path)/proposals", token: token, ["change": "renew"]).status == 403)
        #expect(try await control.post(Self.path, token: token, ["document": ""]).status == 403)
      }
      #expect(try await control.get(Self.path).status == 401)
    }
  }
}
