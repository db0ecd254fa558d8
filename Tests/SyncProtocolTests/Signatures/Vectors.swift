import Foundation
import Testing

@testable import SyncProtocol

/// The shared test vectors of sync-v1, made by independent implementations.
struct Vectors {
  struct Message {
    let name: String
    let code: String?
    /// The message itself when it is a request, else the request it answers.
    let request: RequestHead
    let response: ResponseHead?
    let body: [UInt8]
    let base: String
  }

  let now: Int64
  let keys: [KnownKey]
  let seeds: [String: [UInt8]]
  let refusedKeys: [String: [UInt8]]
  let accepted: [Message]
  let refused: [Message]

  init() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../docs/vectors/sync-v1.json")
    let bytes = [UInt8](try Data(contentsOf: path))
    let document = JSONReader(try JSONParser.parse(bytes, limits: JSONLimits(maximumBytes: 1 << 20)))
    now = try document.field("now").integer(in: 0...Int64.max)
    var keys: [KnownKey] = []
    var seeds: [String: [UInt8]] = [:]
    for member in try document.field("keys").object().members {
      let key = JSONReader(member.value)
      let purpose = try #require(KeyPurpose(rawValue: try key.field("purpose").string()))
      let known = try #require(VerificationKey(encoded: try key.field("public_b64u").string()))
      let keyid = try key.field("keyid").string()
      try #require(known.thumbprint == keyid)
      keys.append(KnownKey(key: known, purpose: purpose))
      seeds[keyid] = Hexadecimal.decode(try key.field("seed_hex").string())
    }
    self.keys = keys
    self.seeds = seeds
    var refusedKeys: [String: [UInt8]] = [:]
    for member in try document.field("refused_keys").object().members {
      refusedKeys[member.key] = Hexadecimal.decode(try JSONReader(member.value).string())
    }
    self.refusedKeys = refusedKeys
    accepted = try document.field("accepted").array(maximum: 1000).map(Self.message)
    refused = try document.field("refused").array(maximum: 1000).map(Self.message)
  }

  private static func message(_ reader: JSONReader) throws -> Message {
    let message = try reader.field("message")
    let request = try reader.optional("request") ?? message
    var response: ResponseHead?
    if let status = try message.optional("status") {
      response = ResponseHead(status: Int(try status.integer(in: 100...599)), fields: try fields(message))
    }
    return Message(
      name: try reader.field("name").string(), code: try reader.optional("code")?.string(),
      request: RequestHead(
        method: try request.field("method").string(), path: try request.field("path").string(),
        query: try request.field("query").string(), fields: try fields(request)),
      response: response, body: Array(try message.field("body").string().utf8),
      base: try message.field("signature_base").string())
  }

  private static func fields(_ message: JSONReader) throws -> MessageFields {
    MessageFields(
      try message.field("headers").object().members.map { ($0.key, try JSONReader($0.value).string()) })
  }

  func key(_ keyid: String) -> KnownKey? { keys.first { $0.key.thumbprint == keyid } }
}
