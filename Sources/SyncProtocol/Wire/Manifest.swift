/// What a root says about control: its keys by purpose, both roots, and how long this holds.
public struct Manifest: Sendable, Hashable {
  /// 400 days, in seconds.
  public static let lifetimeSeconds: Int64 = 400 * 86_400
  /// From when on an operator is warned, in seconds before ``expires``.
  public static let warningSeconds: Int64 = 60 * 86_400

  /// Only rises, by any step.
  public let version: Int64
  /// Seconds since 1970.
  public let issued: Int64
  /// Seconds since 1970. After it no new manifest or key is taken from these bytes; what was trusted before stays trusted.
  public let expires: Int64
  /// The root lies unencrypted on the server: such manifests are for one machine and need the agent's consent.
  public let development: Bool
  public let primaryRoot: VerificationKey
  public let recoveryRoot: VerificationKey
  public let keys: [KnownKey]

  /// Returns nil unless version and times rise, the roots differ, and no key occurs twice or as a root.
  public init?(
    version: Int64, issued: Int64, expires: Int64, development: Bool, primaryRoot: VerificationKey,
    recoveryRoot: VerificationKey, keys: [KnownKey]
  ) {
    let all = keys.map(\.key) + [primaryRoot, recoveryRoot]
    guard version > 0, issued >= 0, expires > issued, expires <= issued + Self.lifetimeSeconds,
      Set(all).count == all.count, keys.count <= WireLimits.maximumManifestKeys,
      keys.allSatisfy({ $0.purpose != .root && $0.purpose != .recovery })
    else { return nil }
    self.version = version
    self.issued = issued
    self.expires = expires
    self.development = development
    self.primaryRoot = primaryRoot
    self.recoveryRoot = recoveryRoot
    self.keys = keys
  }

  /// The same with another primary or recovery root; nil when a new one is in it already.
  public func replacing(primaryRoot: VerificationKey? = nil, recoveryRoot: VerificationKey? = nil) -> Manifest? {
    let present: Set = [self.primaryRoot, self.recoveryRoot]
    guard [primaryRoot, recoveryRoot].allSatisfy({ $0.map { !present.contains($0) } ?? true }) else { return nil }
    return Manifest(
      version: version, issued: issued, expires: expires, development: development,
      primaryRoot: primaryRoot ?? self.primaryRoot, recoveryRoot: recoveryRoot ?? self.recoveryRoot, keys: keys)
  }

  /// The key with this thumbprint, to verify answers and seals with.
  public func key(_ keyid: String) -> KnownKey? { keys.first { $0.key.thumbprint == keyid } }

  public func isExpired(at now: Int64) -> Bool { now >= expires }

  /// Whether it expires within ``warningSeconds``.
  public func expiresSoon(at now: Int64) -> Bool { now >= expires - Self.warningSeconds }
}

extension Manifest: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    let roots = try reader.field("roots")
    let keys = try reader.field("keys").elements(maximum: WireLimits.maximumManifestKeys) {
      (element) throws(JSONError) in
      KnownKey(
        key: try element.field("public_key").verificationKey(),
        purpose: try element.field("purpose").parsed("a purpose") { KeyPurpose(rawValue: $0) },
        state: try element.field("state").parsed("a state") { KnownKey.State(rawValue: $0) })
    }
    _ = try reader.field("atoll_manifest").integer(in: 1...1)
    guard
      let manifest = Manifest(
        version: try reader.field("version").decimal(), issued: try reader.field("issued").decimal(),
        expires: try reader.field("expires").decimal(), development: try reader.field("development").bool(),
        primaryRoot: try roots.field("primary").verificationKey(),
        recoveryRoot: try roots.field("recovery").verificationKey(), keys: keys)
    else { throw reader.error(expected: "a manifest whose versions, times and keys are in order") }
    self = manifest
  }

  public var json: JSONValue {
    [
      "atoll_manifest": 1, "version": .decimal(version), "issued": .decimal(issued), "expires": .decimal(expires),
      "development": .bool(development),
      "roots": ["primary": .string(primaryRoot.encoded), "recovery": .string(recoveryRoot.encoded)],
      "keys": .array(
        keys.map {
          [
            "purpose": .string($0.purpose.rawValue), "state": .string($0.state.rawValue),
            "public_key": .string($0.key.encoded),
          ]
        }),
    ]
  }
}
