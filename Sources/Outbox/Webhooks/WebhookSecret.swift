public import Crypto
internal import FoundationEssentials

/// A secret shared with one application: `whsec_` and the base64 of 24 to 64 random bytes. Never printed.
public struct WebhookSecret: Sendable, CustomStringConvertible {
  let bytes: [UInt8]

  /// A new one of 32 bytes.
  public init() {
    bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
  }

  /// Returns nil unless the text is of the form above.
  public init?(text: String) {
    guard text.hasPrefix("whsec_"), let data = Data(base64Encoded: String(text.dropFirst(6))),
      (24...64).contains(data.count)
    else { return nil }
    bytes = Array(data)
  }

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// What the application's owner is shown, once.
  public var text: String { "whsec_\(Data(bytes).base64EncodedString())" }

  public var key: SymmetricKey { SymmetricKey(data: bytes) }

  public var description: String { "whsec_…" }
}

/// Seals webhook secrets for the database: AES-GCM under a key that is not in it, bound to table, row and column.
public struct WebhookSecretBox: Sendable {
  /// Why a stored secret cannot be opened: another key, another row, or altered bytes.
  public struct Unopenable: Error, Sendable, Hashable {}

  private let key: SymmetricKey

  public init(key: SymmetricKey) {
    self.key = key
  }

  func seal(_ secret: WebhookSecret, row: UUID) throws -> [UInt8] {
    let box = try AES.GCM.seal(secret.bytes, using: key, authenticating: Self.place(row))
    guard let combined = box.combined else { throw Unopenable() }
    return Array(combined)
  }

  func open(_ sealed: [UInt8], row: UUID) throws -> WebhookSecret {
    guard let box = try? AES.GCM.SealedBox(combined: sealed),
      let bytes = try? AES.GCM.open(box, using: key, authenticating: Self.place(row))
    else { throw Unopenable() }
    return WebhookSecret(bytes: Array(bytes))
  }

  private static func place(_ row: UUID) -> [UInt8] {
    Array("outbox.webhook/\(row.uuidString.lowercased())/secrets".utf8)
  }
}
