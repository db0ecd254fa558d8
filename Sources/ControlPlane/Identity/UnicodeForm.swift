@_spi(_Unicode) internal import Swift

/// Canonical composition (Unicode NFC).
enum UnicodeForm {
  static func composed(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text._nfc { scalars.append(scalar) }
    return String(scalars)
  }
}
