public import Crypto
internal import FoundationEssentials

/// Standard Webhooks signatures, version `v1`: HMAC-SHA256 over `id.timestamp.body`.
public enum WebhookSignature {
  /// The header: one `v1,<base64>` a secret, separated by spaces, so that receivers go on verifying while a secret is replaced.
  public static func header(id: String, timestamp: Int64, body: [UInt8], secrets: [SymmetricKey]) -> String {
    secrets.map { "v1,\(Data(code(id: id, timestamp: timestamp, body: body, secret: $0)).base64EncodedString())" }
      .joined(separator: " ")
  }

  /// Whether one signature of a header is by `secret`. Compares in constant time.
  public static func verify(
    header: String, id: String, timestamp: Int64, body: [UInt8], secret: SymmetricKey
  ) -> Bool {
    header.split(separator: " ").contains { signature in
      guard signature.hasPrefix("v1,"), let code = Data(base64Encoded: String(signature.dropFirst(3))) else {
        return false
      }
      return HMAC<SHA256>.isValidAuthenticationCode(
        code, authenticating: content(id: id, timestamp: timestamp, body: body), using: secret)
    }
  }

  private static func code(id: String, timestamp: Int64, body: [UInt8], secret: SymmetricKey) -> [UInt8] {
    Array(
      HMAC<SHA256>.authenticationCode(for: content(id: id, timestamp: timestamp, body: body), using: secret))
  }

  private static func content(id: String, timestamp: Int64, body: [UInt8]) -> [UInt8] {
    Array("\(id).\(timestamp).".utf8) + body
  }
}
