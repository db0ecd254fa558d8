@_spi(_Unicode) internal import Swift

/// An e-mail address as Atoll keeps it: in Unicode NFC, without surrounding white space, at most 254 bytes (RFC 5321 §4.5.3).
///
/// Two spellings that differ only in letter case or Unicode form are one address: ``uniquenessKey``. Nothing else is folded: no dots or
/// `+tags` are removed, and no letters are mapped to look-alikes.
public struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
  /// The address as entered, normalized to NFC.
  public let text: String
  /// What is unique over all users and what addresses are compared by.
  public let uniquenessKey: String

  /// - Throws: ``Refusal`` with the rule that the text breaks.
  public init(_ entered: String) throws(Refusal) {
    guard entered.utf8.count <= Self.largestInput else { throw .length }
    let text = Self.normalized(Self.trimmed(entered))
    try Self.check(text)
    let key = Self.normalized(text.lowercased())
    guard key.utf8.count <= Self.largest else { throw .length }
    self.text = text
    self.uniquenessKey = key
  }

  public var description: String { text }
  public static func == (left: Self, right: Self) -> Bool { left.uniquenessKey == right.uniquenessKey }
  public func hash(into hasher: inout Hasher) { hasher.combine(uniquenessKey) }

  /// Bytes of an address, of its local part, and of what is looked at before trimming.
  public static let largest = 254
  static let largestLocalPart = 64
  static let largestInput = 1024

  public enum Refusal: String, Error, Sendable, Hashable, CustomStringConvertible {
    case length
    case form
    case character
    case domain

    public var description: String {
      switch self {
      case .length: "an e-mail address has at most 254 bytes, 64 of them before the @"
      case .form: "an e-mail address has one @ with something before and after it"
      case .character: "an e-mail address has no spaces, quotes or control characters"
      case .domain: "the part after the @ must be a domain name with at least two labels"
      }
    }
  }

  private static func check(_ text: String) throws(Refusal) {
    guard text.utf8.count <= largest else { throw .length }
    let parts = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let local = parts.first, let domain = parts.last, !local.isEmpty, !domain.isEmpty else {
      throw .form
    }
    guard text.unicodeScalars.allSatisfy(isAllowed) else { throw .character }
    guard String(local).utf8.count <= largestLocalPart else { throw .length }
    guard local.first != ".", local.last != "." else { throw .form }
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, labels.allSatisfy({ isLabel(String($0)) }) else { throw .domain }
  }

  private static func isLabel(_ label: String) -> Bool {
    guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-" else { return false }
    return label.unicodeScalars.allSatisfy { scalar in
      if scalar.isASCII {
        return scalar == "-" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
          || ("0"..."9").contains(scalar)
      }
      return scalar.properties.isXIDContinue
    }
  }

  /// Neither white space, controls, invisible format characters nor what needs quoting in a header.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .unassigned, .privateUse, .spaceSeparator, .lineSeparator, .paragraphSeparator:
      return false
    default:
      return !"\"(),:;<>[]\\".unicodeScalars.contains(scalar)
    }
  }

  private static func trimmed(_ text: String) -> String {
    let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isSpace($0) }), let last = scalars.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(scalars[first...last])
  }

  private static func normalized(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text._nfc { scalars.append(scalar) }
    return String(scalars)
  }
}
