import Foundation
import Testing

@testable import SyncProtocol

/// Keeps `docs/vectors/atoll-v1.json` true: other implementations test against it, and `scripts/check-protocol.py` does.
@Suite("the published vectors") struct PublishedVectorTests {
  private static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../docs/vectors/atoll-v1.json")

  private func key(_ byte: UInt8, _ purpose: KeyPurpose) throws -> SigningKey {
    try SigningKey(seed: (0..<32).map { byte &+ $0 }, purpose: purpose)
  }

  private func json(_ key: SigningKey) -> JSONValue {
    [
      "seed_hex": .string(Hexadecimal.encode(key.seed)), "public_key": .string(key.verificationKey.encoded),
      "keyid": .string(key.keyid), "fingerprint": .string(key.verificationKey.fingerprint),
      "purpose": .string(key.purpose.rawValue),
    ]
  }

  private func text(_ bytes: [UInt8]) -> JSONValue { .string(String(decoding: bytes, as: UTF8.self)) }

  private func manifest(_ primary: SigningKey, _ recovery: SigningKey, _ keys: [SigningKey]) throws -> SignedManifest {
    let manifest = try #require(
      Manifest(
        version: 1, issued: 1_767_225_600, expires: 1_767_225_600 + Manifest.lifetimeSeconds, development: false,
        primaryRoot: primary.verificationKey, recoveryRoot: recovery.verificationKey,
        keys: keys.map { KnownKey(key: $0.verificationKey, purpose: $0.purpose) }))
    return try SignedManifest(manifest, roots: [primary])
  }

  private func chain() throws -> JSONValue {
    var chain = ChainHash.origin
    var entries: [JSONValue] = []
    for (number, key) in ["a", "\u{e9}"].enumerated() {
      let entry = LogEntry(
        position: try Sample.position(Int64(number + 1)),
        row: RowReference(kind: try #require(Kind("user")), key: try #require(RowKey(key))), transaction: 7_000_000_000,
        receivers: .all)
      chain = chain.appending(entry)
      entries.append([
        "position": .string(entry.position.description), "transaction": .string(String(entry.transaction)),
        "kind": "user", "key": .string(key), "chain": .string(chain.text),
      ])
    }
    return .array(entries)
  }

  private func digests() throws -> JSONValue {
    let subject = ComparisonSubject(
      stream: .control, audience: try #require(SiloNumber(7)), kind: Kind("user"), columns: ["email", "name"],
      salt: Array(0..<16))
    let rows: [(String, String?, String?)] = [
      ("00000000-0000-0000-0000-000000000001", "ada@example.com", "Ada"),
      ("00000000-0000-0000-0000-000000000002", nil, "\u{e9}"), ("00000000-0000-0000-0000-000000000003", "", nil),
    ]
    var digests: [[UInt8]] = []
    var list: [JSONValue] = []
    for (text, email, name) in rows {
      let key = try #require(RowKey(text))
      let fields = [RowImage.Field(name: "email", value: email), RowImage.Field(name: "name", value: name)]
      let digest = RowDigest.row(subject, key: key, fields: fields)
      digests.append(digest)
      list.append([
        "key": .string(text), "email": .optional(email), "name": .optional(name),
        "digest": .string(Hexadecimal.encode(digest)),
        "columns": .array(
          RowDigest.columns(subject, key: key, fields: fields).map { .string(Base64.encode($0)) }),
      ])
    }
    return [
      "subject": subject.json, "rows": .array(list),
      "digest": .string(Hexadecimal.encode(RowDigest.range(subject, rows: digests))),
    ]
  }

  private func document() throws -> JSONValue {
    let agent = try key(0, .agent)
    let control = try key(32, .control)
    let stream = try key(64, .stream)
    let primary = try key(96, .root)
    let recovery = try key(128, .recovery)
    let batch = try SealedBatch(sealing: try Sample.batch(), key: stream)
    let join = try JoinRequest(
      token: "atlj_example", agentKey: agent.verificationKey, streamKey: stream, software: "example/1",
      development: false)
    let pull = PullAnswer(
      answer: try SyncAnswerDocument(
        sealing: SyncAnswer(body: .batch(try Sample.batch()), held: 5, age: 7), key: stream),
      manifestVersion: 1)
    let request = try SignedRequest(
      path: SyncPath.join, contentType: "application/json", audience: "control", body: join.body, key: agent,
      created: 1_767_225_600, nonce: try #require(Nonce("AAECAwQFBgcICQoL")))
    let message = try pull.body(compressed: false).bytes
    let response = try SignedResponse(
      status: 200, contentType: SyncContentType.message.rawValue, body: message, to: request.binding, key: control,
      created: 1_767_225_601, nonce: try #require(Nonce("DA0ODxAREhMUFRYX")))
    func fields(_ fields: MessageFields) -> JSONValue {
      var object = JSONObject()
      for line in fields.lines { object[line.name] = .string(line.value) }
      return .object(object)
    }
    return [
      "keys": [
        "agent": json(agent), "control": json(control), "stream": json(stream), "primary": json(primary),
        "recovery": json(recovery),
      ],
      "chain": try chain(),
      "comparison": try digests(),
      "manifest": [
        "bytes": text(try manifest(primary, recovery, [control, stream]).bytes),
        "pin": .string(primary.verificationKey.fingerprint),
      ],
      "request": ["path": .string(request.path), "headers": fields(request.fields), "body": text(request.body)],
      "response": ["status": 200, "headers": fields(response.fields), "body": text(message)],
      "sealed_bytes_hex": .string(Hexadecimal.encode(batch.envelope.sealedBytes)),
    ]
  }

  @Test("the file holds what this implementation makes") func current() throws {
    let made = JSONWriter.write(try document())
    if ProcessInfo.processInfo.environment["ATOLL_WRITE_VECTORS"] != nil {
      try Data(made + [0x0A]).write(to: Self.path)
    }
    let kept = [UInt8](try Data(contentsOf: Self.path))
    let limits = JSONLimits(maximumBytes: 1 << 20)
    #expect(try JSONParser.parse(kept, limits: limits) == JSONParser.parse(made, limits: limits))
  }
}
