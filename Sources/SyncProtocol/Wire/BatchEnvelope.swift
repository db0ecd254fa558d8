/// What is known of a batch without its content: address, interval, chain, digest, and the seal over all of it.
///
/// Kept by a receiver it proves a cursor to the sender: only the sender's own stream key can have made it.
public struct BatchEnvelope: Sendable, Hashable {
  public let stream: SiloNumber
  public let audience: SiloNumber
  public let lane: Lane
  public let epoch: Epoch
  public let from: Position
  public let to: Position
  public let chainBefore: ChainHash
  public let chainAfter: ChainHash
  /// Of the content.
  public let digest: ContentDigest
  /// The thumbprint of the sender's stream key.
  public let keyid: String
  /// The seal: 64 bytes of Ed25519.
  public let seal: [UInt8]

  init(sealing batch: Batch, digest: ContentDigest, key: SigningKey) throws {
    let draft = BatchEnvelope(batch, digest: digest, keyid: key.keyid, seal: [])
    self.init(batch, digest: digest, keyid: key.keyid, seal: try key.signature(for: draft.sealedBytes))
  }

  private init(_ batch: Batch, digest: ContentDigest, keyid: String, seal: [UInt8]) {
    stream = batch.stream
    audience = batch.audience
    lane = batch.lane
    epoch = batch.epoch
    from = batch.from
    to = batch.to
    chainBefore = batch.chainBefore
    chainAfter = batch.chainAfter
    self.digest = digest
    self.keyid = keyid
    self.seal = seal
  }

  /// What the seal signs: fields with their lengths, so that none can run into another (docs/protocol.md §6).
  package var sealedBytes: [UInt8] {
    var fields = LengthPrefixed(context: "atoll-batch-v1")
    fields.append(stream.description)
    fields.append(audience.description)
    fields.append(lane.rawValue)
    fields.append(Int64(epoch.ordinal))
    fields.append(epoch.id)
    fields.append(from.value)
    fields.append(to.value)
    fields.append(chainBefore.bytes)
    fields.append(chainAfter.bytes)
    fields.append(digest.bytes)
    return fields.bytes
  }

  /// Checks the seal. A retired stream key still vouches for what it sealed; a revoked or announced one does not.
  ///
  /// - Parameter known: What the caller knows about the stream's owner's key ``keyid``; nil for nothing.
  public func verify(by known: KnownKey?) throws(WireError) {
    guard let known, known.key.thumbprint == keyid, known.purpose == .stream else {
      throw WireError(.sealKey, "no stream key of the sender")
    }
    guard known.state == .active || known.state == .retired else {
      throw WireError(.sealKey, "the stream key is \(known.state.rawValue)")
    }
    guard known.key.isValid(signature: seal, for: sealedBytes) else {
      throw WireError(.sealInvalid, "the seal is not the key's over this batch")
    }
  }
}

extension BatchEnvelope {
  public init(_ reader: JSONReader) throws(JSONError) {
    stream = try reader.field("stream").silo()
    audience = try reader.field("audience").silo()
    lane = try reader.field("lane").lane()
    epoch = try reader.field("epoch").epoch()
    from = try reader.field("from").position()
    to = try reader.field("to").position()
    chainBefore = try reader.field("chain_before").chain()
    chainAfter = try reader.field("chain_after").chain()
    digest = try reader.field("digest").parsed("64 hexadecimal digits") { text in
      Hexadecimal.decode(text).flatMap(ContentDigest.init(bytes:))
    }
    keyid = try reader.field("keyid").keyid()
    seal = try reader.field("seal").signature()
  }

  public var json: JSONValue {
    [
      "stream": .string(stream.description), "audience": .string(audience.description), "lane": .string(lane.rawValue),
      "epoch": epoch.json, "from": .string(from.description), "to": .string(to.description),
      "chain_before": .string(chainBefore.text), "chain_after": .string(chainAfter.text),
      "digest": .string(Hexadecimal.encode(digest.bytes)), "keyid": .string(keyid),
      "seal": .string(Base64.encode(seal)),
    ]
  }
}
