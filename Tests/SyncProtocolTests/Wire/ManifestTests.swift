import Testing

@testable import SyncProtocol

@Suite("the manifest") struct ManifestTests {
  private let primary: SigningKey
  private let recovery: SigningKey
  private let control: SigningKey
  private let now: Int64 = 1_767_225_600

  init() throws {
    primary = try SigningKey(purpose: .root)
    recovery = try SigningKey(purpose: .recovery)
    control = try SigningKey(purpose: .control)
  }

  private func manifest(
    version: Int64 = 1, issued: Int64? = nil, development: Bool = false, primary: SigningKey? = nil,
    recovery: SigningKey? = nil
  ) throws -> Manifest {
    let issued = issued ?? now
    return try #require(
      Manifest(
        version: version, issued: issued, expires: issued + Manifest.lifetimeSeconds, development: development,
        primaryRoot: (primary ?? self.primary).verificationKey,
        recoveryRoot: (recovery ?? self.recovery).verificationKey,
        keys: [KnownKey(key: control.verificationKey, purpose: .control)]))
  }

  private func code(
    _ signed: SignedManifest, _ trust: ManifestTrust, development: Bool = false, at time: Int64? = nil
  ) -> ManifestFailure.Code? {
    do throws(ManifestFailure) {
      let again = try SignedManifest(bytes: signed.bytes)
      _ = try again.verify(trust: trust, allowsDevelopment: development, now: time ?? now)
      return nil
    } catch {
      return error.code
    }
  }

  private var pin: ManifestTrust { .pin(primary.verificationKey.fingerprint) }

  @Test("the pinned root's manifest is believed and names control's keys") func pinned() throws {
    let signed = try SignedManifest(try manifest(), roots: [primary])
    let manifest = try SignedManifest(bytes: signed.bytes).verify(trust: pin, allowsDevelopment: false, now: now)
    #expect(manifest.key(control.keyid)?.purpose == .control)
    #expect(manifest.key(primary.keyid) == nil)
    #expect(try manifest == self.manifest())
    let byRecovery = try SignedManifest(try self.manifest(), roots: [recovery])
    #expect(code(byRecovery, .pin(recovery.verificationKey.fingerprint)) == nil)
  }

  @Test("another pin, another signer or a changed byte is refused") func signature() throws {
    let signed = try SignedManifest(try manifest(), roots: [primary])
    #expect(code(signed, .pin(recovery.verificationKey.fingerprint)) == .signature)
    #expect(code(signed, .pin("sha256:00")) == .signature)
    #expect(code(try SignedManifest(try manifest(), roots: [recovery]), pin) == .signature)
    let stranger = try SigningKey(purpose: .root)
    #expect(code(try SignedManifest(try manifest(), roots: [stranger]), pin) == .signature)
    #expect(throws: ManifestFailure.self) { try SignedManifest(try manifest(), roots: [control]) }
    let bytes = signed.bytes
    for index in bytes.indices {
      for flip: UInt8 in [0x01, 0x20] {
        var mutated = bytes
        mutated[index] ^= flip
        guard let altered = try? SignedManifest(bytes: mutated) else { continue }
        let isSame = altered == signed
        #expect(code(altered, pin) != nil || isSame, "byte \(index)")
      }
    }
  }

  @Test("versions only rise, and the same manifest is the same") func versions() throws {
    let second = try manifest(version: 2)
    let trust = ManifestTrust.previous(second)
    #expect(code(try SignedManifest(try manifest(version: 3), roots: [primary]), trust) == nil)
    #expect(code(try SignedManifest(try manifest(version: 9), roots: [recovery]), trust) == nil)
    #expect(code(try SignedManifest(second, roots: [primary]), trust) == nil)
    #expect(code(try SignedManifest(try manifest(version: 1), roots: [primary]), trust) == .version)
    let other = try manifest(version: 2, issued: now + 1)
    #expect(code(try SignedManifest(other, roots: [primary]), trust) == .version)
  }

  @Test("a new root needs the old or the recovery one, and its own signature") func rotation() throws {
    let trust = ManifestTrust.previous(try manifest())
    let next = try SigningKey(purpose: .root)
    let rotated = try manifest(version: 2, primary: next)
    #expect(code(try SignedManifest(rotated, roots: [next]), trust) == .signature)
    #expect(code(try SignedManifest(rotated, roots: [primary]), trust) == .signature)
    #expect(code(try SignedManifest(rotated, roots: [primary, next]), trust) == nil)
    #expect(code(try SignedManifest(rotated, roots: [recovery]), trust) == .signature)
    #expect(code(try SignedManifest(rotated, roots: [recovery, next]), trust) == nil)
  }

  @Test("an expired manifest is not taken anew, but what was believed stays") func expiry() throws {
    let first = try manifest()
    let expired = first.expires
    #expect(code(try SignedManifest(first, roots: [primary]), pin, at: expired - 1) == nil)
    #expect(code(try SignedManifest(first, roots: [primary]), pin, at: expired) == .expired)
    #expect(code(try SignedManifest(first, roots: [primary]), .previous(first), at: expired) == nil)
    let second = try SignedManifest(try manifest(version: 2), roots: [primary])
    #expect(code(second, .previous(first), at: expired) == .expired)
    #expect(!first.expiresSoon(at: expired - Manifest.warningSeconds - 1))
    #expect(first.expiresSoon(at: expired - Manifest.warningSeconds))
  }

  @Test("a development manifest needs consent") func development() throws {
    let signed = try SignedManifest(try manifest(development: true), roots: [primary])
    #expect(code(signed, pin) == .development)
    #expect(code(signed, pin, development: true) == nil)
  }

  @Test("manifests that contradict themselves cannot be made") func rules() throws {
    let key = KnownKey(key: control.verificationKey, purpose: .control)
    func make(version: Int64 = 1, expires: Int64 = 10, recovery: SigningKey? = nil, keys: [KnownKey]) -> Manifest? {
      Manifest(
        version: version, issued: 1, expires: expires, development: false, primaryRoot: primary.verificationKey,
        recoveryRoot: (recovery ?? self.recovery).verificationKey, keys: keys)
    }
    #expect(make(keys: [key]) != nil)
    #expect(make(version: 0, keys: [key]) == nil)
    #expect(make(expires: 1, keys: [key]) == nil)
    #expect(make(expires: 3 + Manifest.lifetimeSeconds, keys: [key]) == nil)
    #expect(make(recovery: primary, keys: [key]) == nil)
    #expect(make(keys: [key, key]) == nil)
    #expect(make(keys: [KnownKey(key: primary.verificationKey, purpose: .control)]) == nil)
    #expect(make(keys: [KnownKey(key: control.verificationKey, purpose: .root)]) == nil)
  }

  @Test("bytes that are no manifest are refused") func malformed() {
    for text in ["", "\n", "{}\n{}", "{\"signatures\":[]}", "{\"signatures\":[]}\n", "{\"signatures\":[]}\n{}"] {
      let signed = try? SignedManifest(bytes: Array(text.utf8))
      #expect(signed.map { code($0, pin) == .malformed } ?? true)
    }
  }
}
