/// The rules for one label of a host name (RFC 1123 §2.1, RFC 5891 §4.2.3.1), lower-case.
enum DNSLabel {
  /// What is wrong with a label.
  enum Refusal: Error { case length, character, hyphen }

  static func check(_ text: String) throws(Refusal) {
    let bytes = Array(text.utf8)
    guard (1...63).contains(bytes.count) else { throw .length }
    guard bytes.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }) else {
      throw .character
    }
    guard bytes.first != 0x2D, bytes.last != 0x2D else { throw .hyphen }
    // "xn--" and its like mean another encoding to DNS.
    if bytes.count >= 4, bytes[2] == 0x2D, bytes[3] == 0x2D { throw .hyphen }
  }
}
