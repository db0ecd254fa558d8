internal import Silo
internal import SyncProtocol

/// What the identity file holds: the keys from the moment they are made, so that a join that crashed is repeated with the same ones; the
/// rest from the moment control has answered.
enum StoredIdentity: Sendable {
  case joining(PendingKeys)
  case joined(RegionIdentity)

  /// Keys that have been sent or are about to be.
  struct PendingKeys: Sendable {
    let agentKey: SigningKey
    let streamKey: SigningKey
  }

  private static let format: Int64 = 1

  init(_ reader: JSONReader, openedBy secretKey: SecretKey) throws {
    _ = try reader.field("atoll_identity").integer(in: Self.format...Self.format)
    let keys = PendingKeys(
      agentKey: try Self.open(reader, "agent_key", .agent, secretKey),
      streamKey: try Self.open(reader, "stream_key", .stream, secretKey))
    guard let name = try reader.optional("region") else {
      self = .joining(keys)
      return
    }
    self = .joined(
      RegionIdentity(
        name: try RegionName(try name.string()),
        silo: try reader.field("number").parsed("the number of a region") { Int($0).flatMap { SiloNumber($0) } },
        controlURL: try reader.field("control_url").string(), agentKey: keys.agentKey, streamKey: keys.streamKey,
        manifest: try SignedManifest(
          bytes: try reader.field("manifest").parsed("base64url") { Base64.decode($0) }),
        development: try reader.field("development").bool()))
  }

  func json(sealedBy secretKey: SecretKey) throws -> JSONValue {
    var object: JSONObject = ["atoll_identity": .integer(Self.format)]
    let keys: PendingKeys
    switch self {
    case .joining(let pending): keys = pending
    case .joined(let identity):
      keys = PendingKeys(agentKey: identity.agentKey, streamKey: identity.streamKey)
      object["region"] = .string(identity.name.text)
      object["number"] = .string(String(identity.silo.value))
      object["control_url"] = .string(identity.controlURL)
      object["manifest"] = .string(Base64.encode(identity.manifest.bytes))
      object["development"] = .bool(identity.development)
    }
    object["agent_key"] = try Self.seal(keys.agentKey, "agent_key", secretKey)
    object["stream_key"] = try Self.seal(keys.streamKey, "stream_key", secretKey)
    return .object(object)
  }

  private static func place(_ name: String) -> SecretKey.Place {
    SecretKey.Place(table: "identity.json", row: "agent", column: name)
  }

  private static func seal(_ key: SigningKey, _ name: String, _ secretKey: SecretKey) throws -> JSONValue {
    .string(Base64.encode(try secretKey.seal(key.seed, at: place(name))))
  }

  private static func open(
    _ reader: JSONReader, _ name: String, _ purpose: KeyPurpose, _ secretKey: SecretKey
  ) throws -> SigningKey {
    let sealed: [UInt8] = try reader.field(name).parsed("base64url") { Base64.decode($0) }
    return try SigningKey(seed: try secretKey.open(sealed, at: place(name)), purpose: purpose)
  }
}
