/// What is known of a bulk answer without its content, and the seal over all of it: it is bound to receiver, request and range.
public struct BulkEnvelope: Sendable, Hashable {
  public let id: String
  public let stream: SiloNumber
  public let audience: SiloNumber
  public let epoch: Epoch
  public let head: Position
  public let chunk: ChunkRange?
  /// Of the content.
  public let digest: ContentDigest
  /// The thumbprint of the sender's stream key.
  public let keyid: String
  /// The seal: 64 bytes of Ed25519.
  public let seal: [UInt8]

  init(sealing answer: BulkAnswer, digest: ContentDigest, key: SigningKey) throws {
    let draft = BulkEnvelope(answer, digest: digest, keyid: key.keyid, seal: [])
    self.init(answer, digest: digest, keyid: key.keyid, seal: try key.signature(for: draft.sealedBytes))
  }

  private init(_ answer: BulkAnswer, digest: ContentDigest, keyid: String, seal: [UInt8]) {
    id = answer.id
    stream = answer.stream
    audience = answer.audience
    epoch = answer.epoch
    head = answer.head
    chunk = answer.chunk
    self.digest = digest
    self.keyid = keyid
    self.seal = seal
  }

  /// What the seal signs (docs/protocol.md §6). The name is another than a batch's, so neither can be taken for the other; an absent key is the empty
  /// field, which no key is.
  package var sealedBytes: [UInt8] {
    var fields = LengthPrefixed(context: "atoll-bulk-v1")
    fields.append(stream.description)
    fields.append(audience.description)
    fields.append(id)
    fields.append(Int64(epoch.ordinal))
    fields.append(epoch.id)
    fields.append(head.value)
    fields.append(chunk?.kind.name ?? "")
    fields.append(chunk?.keys.after?.text ?? "")
    fields.append(chunk?.keys.through?.text ?? "")
    fields.append(digest.bytes)
    return fields.bytes
  }

  /// Checks the seal, by the rules of ``BatchEnvelope/verify(by:)``.
  func verify(by known: KnownKey?) throws(WireError) {
    guard let known, known.key.thumbprint == keyid, known.purpose == .stream else {
      throw WireError(.sealKey, "no stream key of the sender")
    }
    guard known.state == .active || known.state == .retired else {
      throw WireError(.sealKey, "the stream key is \(known.state.rawValue)")
    }
    guard known.key.isValid(signature: seal, for: sealedBytes) else {
      throw WireError(.sealInvalid, "the seal is not the key's over this answer")
    }
  }
}

extension BulkEnvelope {
  init(_ reader: JSONReader) throws(JSONError) {
    id = try reader.field("id").label(maximum: 64)
    stream = try reader.field("stream").silo()
    audience = try reader.field("audience").silo()
    epoch = try reader.field("epoch").epoch()
    head = try reader.field("head").position()
    if let chunk = try reader.optional("chunk") {
      self.chunk = ChunkRange(
        try chunk.field("kind").kind(),
        keys: KeyRange(after: try chunk.optional("after")?.key(), through: try chunk.optional("through")?.key()))
    } else {
      chunk = nil
    }
    digest = try reader.field("digest").parsed("64 hexadecimal digits") { text in
      Hexadecimal.decode(text).flatMap(ContentDigest.init(bytes:))
    }
    keyid = try reader.field("keyid").keyid()
    seal = try reader.field("seal").signature()
  }

  var json: JSONValue {
    var object: JSONObject = [
      "id": .string(id), "stream": .string(stream.description), "audience": .string(audience.description),
      "epoch": epoch.json, "head": .string(head.description), "digest": .string(Hexadecimal.encode(digest.bytes)),
      "keyid": .string(keyid), "seal": .string(Base64.encode(seal)),
    ]
    if let chunk {
      object["chunk"] = [
        "kind": .string(chunk.kind.name), "after": chunk.keys.after.map { .string($0.text) } ?? .null,
        "through": chunk.keys.through.map { .string($0.text) } ?? .null,
      ]
    }
    return .object(object)
  }
}
