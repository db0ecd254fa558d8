internal import Crypto

/// An Ed25519 private key with its purpose.
///
/// Its description names the thumbprint only, so it may stand in a log; ``seed`` is for sealed storage.
public struct SigningKey: Sendable, CustomStringConvertible {
  public let purpose: KeyPurpose
  public let verificationKey: VerificationKey
  private let key: Curve25519.Signing.PrivateKey

  /// A new random key.
  ///
  /// - Throws: ``Refusal`` in the practically impossible case that the key is of a refused form.
  public init(purpose: KeyPurpose) throws(Refusal) {
    try self.init(key: Curve25519.Signing.PrivateKey(), purpose: purpose)
  }

  /// The key of a 32-byte seed (RFC 8032).
  public init(seed: [UInt8], purpose: KeyPurpose) throws(Refusal) {
    guard seed.count == 32, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
      throw Refusal()
    }
    try self.init(key: key, purpose: purpose)
  }

  private init(key: Curve25519.Signing.PrivateKey, purpose: KeyPurpose) throws(Refusal) {
    guard let verificationKey = VerificationKey(bytes: Array(key.publicKey.rawRepresentation)) else { throw Refusal() }
    self.key = key
    self.purpose = purpose
    self.verificationKey = verificationKey
  }

  /// The seed is not 32 bytes, or its key is one that nobody would accept.
  public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String { "not the seed of an Ed25519 key" }
  }

  /// The 32 secret bytes.
  public var seed: [UInt8] { Array(key.rawRepresentation) }

  /// The thumbprint of the public half: the `keyid` of signatures.
  public var keyid: String { verificationKey.thumbprint }

  public var description: String { "\(purpose.rawValue) key \(keyid)" }

  /// The 64 bytes of an Ed25519 signature. Not deterministic on every platform.
  public func signature(for message: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: message)) }
}
