internal import Silo
package import SyncProtocol

/// The public keys of a third-party client that proves itself with `private_key_jwt`: a JWK set (RFC 7517 §5).
package struct ClientKeySet: Sendable, Hashable {
  let keys: [JWTVerificationKey]

  /// Keys of one client.
  static let maximum = 8

  /// Nil unless every key is public, of a type that is verified here, and named differently.
  package init?(_ set: JSONValue) {
    guard case .object(let object) = set, case .array(let values)? = object["keys"],
      (1...Self.maximum).contains(values.count)
    else { return nil }
    let keys = values.compactMap { value -> JWTVerificationKey? in
      guard case .object(let jwk) = value else { return nil }
      return JWTVerificationKey(jwk: jwk)
    }
    guard keys.count == values.count, Set(keys.map(\.kid)).count == keys.count else { return nil }
    self.keys = keys
  }

  init?(stored text: String?) {
    guard let text else { return nil }
    do { self.init(try JSONParser.parse(Array(text.utf8))) } catch { return nil }
  }

  /// What is stored: the typed re-serialization.
  package var text: String {
    String(decoding: JSONWriter.write(["keys": .array(keys.map { .object($0.jwk) })]), as: UTF8.self)
  }
}
