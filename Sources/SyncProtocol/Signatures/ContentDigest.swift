internal import Crypto

/// The SHA-256 of a body as RFC 9530 writes it in `Content-Digest`.
public struct ContentDigest: Sendable, Hashable {
  /// 32 bytes.
  public let bytes: [UInt8]

  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// The digest of `body`.
  public init(of body: [UInt8]) { bytes = Array(SHA256.hash(data: body)) }

  /// The value of the field: `sha-256=:…:`.
  public var fieldValue: String { "sha-256=:\(Base64.encode(bytes, .standard)):" }

  /// Digests of other algorithms beside `sha-256` are ignored; without it this is nil.
  init?(fieldValue: String) {
    guard case .item(.bytes(let bytes), []) = StructuredField(fieldValue)?["sha-256"] else { return nil }
    self.init(bytes: bytes)
  }

  /// Hashes a body while it streams.
  public struct Stream: Sendable {
    private var hash = SHA256()
    public private(set) var byteCount = 0

    public init() {}

    public mutating func update(_ bytes: some Sequence<UInt8>) {
      let chunk = Array(bytes)
      byteCount += chunk.count
      hash.update(data: chunk)
    }

    public func finish() -> ContentDigest { ContentDigest(unchecked: Array(hash.finalize())) }
  }

  fileprivate init(unchecked bytes: [UInt8]) { self.bytes = bytes }
}
