/// What a write answers with, so that a later request, at whichever silo, can wait until it is applied there. Opaque to its bearer.
///
/// Signed by its issuer's stream key, so nobody else makes one; a shared secret would let every region make control's. It names a transaction and
/// allows nothing: whoever finds one learns how many transactions a silo has had.
public struct SyncToken: Sendable, Hashable {
  /// 79 bytes as base64url.
  public static let length = 106

  public let position: SyncPosition
  private let signature: [UInt8]

  /// - Throws: what the cryptography throws; never in practice.
  public init(_ position: SyncPosition, signedBy key: SigningKey) throws {
    self.position = position
    signature = try key.signature(for: Self.signed(Self.payload(position)))
  }

  /// Reads ``text``; nil for every other spelling. Not believed before ``isValid(by:)`` says so.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count == Self.length, let bytes = Base64.decode(text.utf8), bytes.count == 79, bytes[0] == 1 else {
      return nil
    }
    let stream = bytes[1..<3].reduce(0) { $0 << 8 | Int($1) }
    let epoch = bytes[3..<7].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let transaction = bytes[7..<15].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let stream = SiloNumber(stream), let epoch = Int32(exactly: epoch), epoch > 0, transaction > 0 else {
      return nil
    }
    position = SyncPosition(stream: stream, epoch: epoch, transaction: transaction)
    signature = Array(bytes[15...])
  }

  public var text: String { Base64.encode(Self.payload(position) + signature) }

  /// Whether one of the issuer's stream keys made it. A retired key still vouches for what it signed.
  public func isValid(by keys: some Sequence<KnownKey>) -> Bool {
    let message = Self.signed(Self.payload(position))
    return keys.contains { known in
      known.purpose == .stream && (known.state == .active || known.state == .retired)
        && known.key.isValid(signature: signature, for: message)
    }
  }

  /// Version, stream, epoch and transaction, big-endian.
  private static func payload(_ position: SyncPosition) -> [UInt8] {
    var bytes: [UInt8] = [1]
    withUnsafeBytes(of: position.stream.value.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: position.epoch.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: position.transaction.bigEndian) { bytes.append(contentsOf: $0) }
    return bytes
  }

  private static func signed(_ payload: [UInt8]) -> [UInt8] {
    var fields = LengthPrefixed(context: "atoll-sync-token-v1")
    fields.append(payload)
    return fields.bytes
  }
}
