/// The slug that is meant by another spelling: upper case, and the full-width forms that some keyboards write.
///
/// It is what NFKC and lower case make of those, and of nothing else: whatever is not a plain letter, digit or hyphen then is left as it is, and is no slug. So two spellings of
/// one slug never stand for different ones, and no letter of another script becomes one that only looks like it.
public enum SlugSpelling {
  /// Bytes of a spelling: three for each character of a slug.
  private static let longest = 3 * 63

  /// Never longer than `text`; the same for a text that is a slug.
  public static func folded(_ text: some StringProtocol) -> String {
    guard text.utf8.count <= longest else { return String(text) }
    var folded = ""
    for scalar in text.unicodeScalars { folded.unicodeScalars.append(Self.folded(scalar)) }
    return folded
  }

  private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    var value = scalar.value
    if (0xFF01...0xFF5E).contains(value) { value -= 0xFEE0 }
    guard let byte = UInt8(exactly: value), byte < 0x80 else { return scalar }
    return Unicode.Scalar((0x41...0x5A).contains(byte) ? byte + 0x20 : byte)
  }
}
