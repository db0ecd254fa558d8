/// Enrols a region's agent: the one-time token and the keys it made where it runs.
///
/// The request is signed by sync-v1 with ``agentKey``, whose thumbprint is the signature's key id: that proves possession. The stream
/// key proves itself by ``streamProof``.
public struct JoinRequest: Sendable, Hashable {
  /// As the operator gave it: `atlj_…`.
  public var token: String
  public var agentKey: VerificationKey
  public var streamKey: VerificationKey
  /// The stream key's signature over the token and both keys.
  public var streamProof: [UInt8]
  public var software: String
  /// Whether the agent accepts development manifests.
  public var development: Bool

  /// Makes the proof.
  public init(token: String, agentKey: VerificationKey, streamKey: SigningKey, software: String, development: Bool)
    throws
  {
    self.token = token
    self.agentKey = agentKey
    self.streamKey = streamKey.verificationKey
    streamProof = try streamKey.signature(
      for: Self.proofBytes(token: token, agentKey: agentKey, streamKey: streamKey.verificationKey))
    self.software = software
    self.development = development
  }

  /// Whether the sender holds the private half of ``streamKey``, and it is not ``agentKey`` again.
  public var isStreamKeyProven: Bool {
    agentKey != streamKey
      && streamKey.isValid(
        signature: streamProof, for: Self.proofBytes(token: token, agentKey: agentKey, streamKey: streamKey))
  }

  private static func proofBytes(token: String, agentKey: VerificationKey, streamKey: VerificationKey) -> [UInt8] {
    var fields = LengthPrefixed(context: "atoll-join-v1")
    fields.append(token)
    fields.append(agentKey.bytes)
    fields.append(streamKey.bytes)
    return fields.bytes
  }
}

extension JoinRequest: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    token = try reader.field("token").label()
    agentKey = try reader.field("agent_key").verificationKey()
    streamKey = try reader.field("stream_key").verificationKey()
    streamProof = try reader.field("stream_proof").signature()
    software = try reader.field("software").label()
    development = try reader.field("development").bool()
  }

  public var json: JSONValue {
    [
      "token": .string(token), "agent_key": .string(agentKey.encoded), "stream_key": .string(streamKey.encoded),
      "stream_proof": .string(Base64.encode(streamProof)), "software": .string(software),
      "development": .bool(development),
    ]
  }
}
