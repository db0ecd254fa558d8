internal import Crypto
internal import Silo

/// One of ten codes that stand for a lost second factor, each once: 80 random bits as `abcd-efgh-ijkl-mnop`.
struct RecoveryCode: Sendable, Hashable, CustomStringConvertible {
  /// How many a person gets.
  static let count = 10
  private static let randomBytes = 10
  private static let characters = 16

  /// 16 characters of base 32 in lower case.
  private let text: String

  private init(text: String) { self.text = text }

  static func mint() -> RecoveryCode {
    let bytes = SymmetricKey(size: SymmetricKeySize(bitCount: randomBytes * 8)).withUnsafeBytes { Array($0) }
    return RecoveryCode(text: Base32.encode(bytes).lowercased())
  }

  /// Returns nil for what cannot be one. Case, hyphens and spaces do not count.
  init?(_ entered: String) {
    guard entered.utf8.count <= 64 else { return nil }
    let text = entered.lowercased().filter { $0 != "-" && $0 != " " }
    guard text.utf8.count == Self.characters,
      text.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x32...0x37).contains($0) })
    else { return nil }
    self.text = text
  }

  var description: String {
    let characters = Array(text)
    return stride(from: 0, to: characters.count, by: 4).map { String(characters[$0..<min($0 + 4, characters.count)]) }
      .joined(separator: "-")
  }

  /// What is stored: SHA-256 over whose it is and the code.
  func digest(of user: UserID) -> [UInt8] {
    Array(SHA256.hash(data: Array("\(user.description)\n\(text)".utf8)))
  }
}
