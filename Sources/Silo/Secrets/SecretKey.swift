internal import Crypto

/// The key that seals secrets at rest. It comes from a file or the environment, never from a database.
public struct SecretKey: Sendable {
  private let key: SymmetricKey

  /// Returns nil unless there are exactly 32 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    key = SymmetricKey(data: bytes)
  }

  /// A fresh random key, and its bytes to be written to a file.
  public static func generate() -> (key: SecretKey, bytes: [UInt8])? {
    let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    return SecretKey(bytes: bytes).map { ($0, bytes) }
  }

  /// The place of a sealed value. It is authenticated with it: a value copied to another row or column does not open.
  public struct Place: Sendable, Hashable {
    public let table: String
    public let row: String
    public let column: String

    public init(table: String, row: String, column: String) {
      self.table = table
      self.row = row
      self.column = column
    }

    /// Length-prefixed, so that no two places share bytes.
    var authenticated: [UInt8] {
      var bytes = Array("atoll-sealed-v1".utf8)
      for part in [table, row, column] {
        let utf8 = Array(part.utf8)
        withUnsafeBytes(of: UInt32(utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: utf8)
      }
      return bytes
    }
  }

  /// 32 bytes that are this key's for one purpose (HKDF-SHA256, RFC 5869): for libraries that seal by themselves.
  public func derived(for purpose: StaticString) -> [UInt8] {
    let info = Array("atoll-derived-v1/".utf8) + purpose.withUTF8Buffer { Array($0) }
    return HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: info, outputByteCount: 32).withUnsafeBytes { Array($0) }
  }

  /// `plain` sealed with AES-256-GCM: one version byte (1), 12 bytes nonce, ciphertext, 16 bytes tag.
  /// - Throws: ``SealingError``
  public func seal(_ plain: [UInt8], at place: Place) throws(SealingError) -> [UInt8] {
    do {
      let box = try AES.GCM.seal(plain, using: key, authenticating: place.authenticated)
      guard let combined = box.combined else { throw SealingError.unsealable }
      return [1] + combined
    } catch { throw .unsealable }
  }

  /// The secret that was sealed for exactly this place with exactly this key.
  /// - Throws: ``SealingError``
  public func open(_ sealed: [UInt8], at place: Place) throws(SealingError) -> [UInt8] {
    guard sealed.first == 1, sealed.count > 1 + 12 + 16 else { throw .malformed }
    do {
      let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
      return Array(try AES.GCM.open(box, using: key, authenticating: place.authenticated))
    } catch { throw .wrongKeyOrPlace }
  }
}

/// Why a secret at rest could not be sealed or opened. Carries no part of the secret.
public enum SealingError: Error, Sendable, Hashable, CustomStringConvertible {
  case unsealable
  case malformed
  case wrongKeyOrPlace

  public var description: String {
    switch self {
    case .unsealable: "the secret could not be sealed"
    case .malformed: "the sealed secret is damaged"
    case .wrongKeyOrPlace: "the sealed secret does not open: it belongs to another secret key, or was moved"
    }
  }
}
