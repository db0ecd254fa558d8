import Crypto

/// One forward step of a schema.
public struct Migration: Hashable, Sendable {
  /// Dense, from 1.
  public let version: Int
  /// The file's name without number and extension.
  public let name: String
  public let sql: String
  /// SHA-256 of `sql` in lower-case hexadecimal.
  public let sha256: String

  public init(version: Int, name: String, sql: String, sha256: String) {
    self.version = version
    self.name = name
    self.sql = sql
    self.sha256 = sha256
  }

  /// A migration whose checksum is computed here.
  public init(version: Int, name: String, sql: String) {
    self.init(version: version, name: name, sql: sql, sha256: Self.checksum(of: sql))
  }

  static func checksum(of sql: String) -> String {
    SHA256.hash(data: Array(sql.utf8)).map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }
}
