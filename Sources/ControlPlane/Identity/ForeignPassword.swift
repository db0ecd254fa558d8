internal import CArgon2
internal import CCrypt
internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
internal import Silo

/// A password's hash in a form of another system: Argon2 with other costs, PBKDF2, bcrypt and scrypt, as PHC, `crypt(3)`, passlib and Django write them.
///
/// Costs are bounded: an import is not trusted to keep control busy.
enum ForeignPassword: Sendable, Hashable {
  case argon2(String, kind: UInt32)
  case pbkdf2(isSHA1: Bool, rounds: Int, salt: [UInt8], hash: [UInt8])
  /// `prehashed`: of the hexadecimal SHA-256 of the password, as Django's `bcrypt_sha256` does.
  case bcrypt(String, prehashed: Bool)
  case scrypt(cost: Int, block: Int, lanes: Int, salt: [UInt8], hash: [UInt8])

  private static let mostRounds = 5_000_000
  /// In bytes, for scrypt; in KiB, for Argon2.
  private static let mostMemory = 128 << 20
  private static let mostMemoryKiB = 128 << 10
  private static let mostCost = 15

  /// Returns nil for a form that is not known or costs too much.
  init?(_ text: String) {
    guard text.utf8.count <= 512 else { return nil }
    let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
    let parsed: ForeignPassword? =
      switch parts.first ?? "" {
      case "argon2": Self.parsedArgon2(String(text.dropFirst("argon2".count)), Array(parts.dropFirst()))
      case "pbkdf2_sha256": Self.django(parts, isSHA1: false)
      case "pbkdf2_sha1": Self.django(parts, isSHA1: true)
      case "bcrypt_sha256": Self.parsedBcrypt(String(text.dropFirst("bcrypt_sha256$".count)), prehashed: true)
      case "bcrypt": Self.parsedBcrypt(String(text.dropFirst("bcrypt$".count)), prehashed: false)
      case "scrypt": Self.djangoScrypt(parts)
      case "": Self.modular(text, Array(parts.dropFirst()))
      default: nil
      }
    guard let parsed else { return nil }
    self = parsed
  }

  /// What begins with a `$`.
  private static func modular(_ text: String, _ parts: [String]) -> ForeignPassword? {
    switch parts.first ?? "" {
    case "argon2id", "argon2i", "argon2d": parsedArgon2(text, parts)
    case "2a", "2b", "2y": parsedBcrypt(text, prehashed: false)
    case "pbkdf2": passlib(parts, isSHA1: true)
    case "pbkdf2-sha256": passlib(parts, isSHA1: false)
    case "scrypt": phcScrypt(parts)
    default: nil
    }
  }

  private static func parsedArgon2(_ text: String, _ parts: [String]) -> ForeignPassword? {
    let kinds = ["argon2d": Argon2_d, "argon2i": Argon2_i, "argon2id": Argon2_id]
    guard let kind = parts.first.flatMap({ kinds[$0] }) else { return nil }
    // Before version 19 there was no `v=`.
    let costs = parameters(parts.dropFirst().first { $0.hasPrefix("m=") } ?? "")
    guard let memory = costs["m"], let passes = costs["t"], let lanes = costs["p"], memory <= mostMemoryKiB,
      (1...16).contains(passes), (1...16).contains(lanes)
    else { return nil }
    return .argon2(text, kind: kind.rawValue)
  }

  private static func parsedBcrypt(_ text: String, prehashed: Bool) -> ForeignPassword? {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 4, ["2a", "2b", "2y"].contains(parts[1]), let cost = Int(parts[2]),
      (4...mostCost).contains(cost), parts[3].utf8.count == 53
    else { return nil }
    return .bcrypt(text, prehashed: prehashed)
  }

  /// `pbkdf2_sha256$rounds$salt$hash`: the salt is text.
  private static func django(_ parts: [String], isSHA1: Bool) -> ForeignPassword? {
    guard parts.count == 4, let rounds = Int(parts[1]), (1...mostRounds).contains(rounds), !parts[2].isEmpty,
      let hash = decoded(parts[3]), (16...64).contains(hash.count)
    else { return nil }
    return .pbkdf2(isSHA1: isSHA1, rounds: rounds, salt: Array(parts[2].utf8), hash: hash)
  }

  /// `$pbkdf2-sha256$rounds$salt$hash`: base64 with dots for pluses. PHC writes `i=rounds,l=length`.
  private static func passlib(_ parts: [String], isSHA1: Bool) -> ForeignPassword? {
    guard parts.count == 4, let rounds = Int(parts[1]) ?? parameters(parts[1])["i"], (1...mostRounds).contains(rounds),
      let salt = decoded(parts[2]), let hash = decoded(parts[3]), (16...64).contains(hash.count)
    else { return nil }
    return .pbkdf2(isSHA1: isSHA1, rounds: rounds, salt: salt, hash: hash)
  }

  /// `scrypt$cost$salt$block$lanes$hash`.
  private static func djangoScrypt(_ parts: [String]) -> ForeignPassword? {
    guard parts.count == 6, let cost = Int(parts[1]), let block = Int(parts[3]), let lanes = Int(parts[4]),
      let hash = decoded(parts[5])
    else { return nil }
    return bounded(cost, block, lanes, Array(parts[2].utf8), hash)
  }

  /// `$scrypt$ln=14,r=8,p=1$salt$hash`.
  private static func phcScrypt(_ parts: [String]) -> ForeignPassword? {
    guard parts.count == 4, let salt = decoded(parts[2]), let hash = decoded(parts[3]) else { return nil }
    let costs = parameters(parts[1])
    guard let logarithm = costs["ln"], (1...20).contains(logarithm), let block = costs["r"], let lanes = costs["p"]
    else { return nil }
    return bounded(1 << logarithm, block, lanes, salt, hash)
  }

  private static func bounded(
    _ cost: Int, _ block: Int, _ lanes: Int, _ salt: [UInt8], _ hash: [UInt8]
  ) -> ForeignPassword? {
    guard (2...1 << 20).contains(cost), cost & (cost - 1) == 0, (1...32).contains(block), (1...16).contains(lanes),
      128 * cost * block <= mostMemory, (16...64).contains(hash.count)
    else { return nil }
    return .scrypt(cost: cost, block: block, lanes: lanes, salt: salt, hash: hash)
  }

  /// Base64 in any of its alphabets, with or without padding.
  private static func decoded(_ text: String) -> [UInt8]? {
    let plain = text.replacing(".", with: "+").replacing("-", with: "+").replacing("_", with: "/").filter { $0 != "=" }
    let padded = plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
    return Data(base64Encoded: padded).map { Array($0) }
  }

  /// `m=8192,t=2,p=1`.
  private static func parameters(_ text: String) -> [String: Int] {
    var found: [String: Int] = [:]
    for pair in text.split(separator: ",") {
      let parts = pair.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { found[String(parts[0])] = Int(parts[1]) }
    }
    return found
  }
}
