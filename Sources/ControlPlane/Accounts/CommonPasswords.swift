internal import Silo

/// Passwords that are tried first: a local list, so that no password leaves the process.
///
/// The list holds what has at least eight characters; a password that repeats or counts through one of them or a single character is among them.
enum CommonPasswords {
  private static let words: Set<String> = Set(
    CommonPasswordList.text.split(whereSeparator: { $0 == "\n" || $0 == " " }).map(String.init))

  /// The form in which passwords are compared: lower case, with the compatibility forms of ASCII (NFKC) as ASCII, without surrounding spaces.
  static func folded(_ password: String) -> String {
    var text = ""
    for scalar in password.unicodeScalars {
      switch scalar.value {
      case 0xFF01...0xFF5E: text.unicodeScalars.append(Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar)
      case 0x00A0, 0x3000, 0x2000...0x200A: text.append(" ")
      default: text.unicodeScalars.append(scalar)
      }
    }
    let characters = text.lowercased().drop { $0 == " " }
    return String(characters.reversed().drop { $0 == " " }.reversed())
  }

  static func contains(folded password: String) -> Bool {
    let plain = password.filter { $0 != " " && $0 != "-" && $0 != "_" && $0 != "." }
    if words.contains(password) || words.contains(plain) { return true }
    return unit(of: Array(plain.utf8)).map { words.contains($0) || $0.utf8.count <= 4 } ?? false || isRun(plain)
  }

  /// The shortest text that the password is a whole number of repetitions of, if it is shorter than the password.
  private static func unit(of bytes: [UInt8]) -> String? {
    guard bytes.count > 1 else { return nil }
    for length in 1...bytes.count / 2 where bytes.count % length == 0 {
      if bytes.indices.allSatisfy({ bytes[$0] == bytes[$0 % length] }) {
        return String(decoding: bytes.prefix(length), as: UTF8.self)
      }
    }
    return nil
  }

  /// Whether it only walks up or down the digits, the alphabet or the keys of a row.
  private static func isRun(_ text: String) -> Bool {
    let runs = [
      "01234567890123456789012345678901234567890", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
      "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn",
      "1234567890qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp",
    ]
    guard text.utf8.count >= 6 else { return false }
    return runs.contains { $0.contains(text) || String($0.reversed()).contains(text) }
  }
}
