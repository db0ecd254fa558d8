/// Which types of content a region's answer may have on the login host: data, and nothing that a browser shows as a page or runs.
enum AnswerContent {
  /// Types that a browser renders with scripts, takes for a script or a style, or that hold others.
  private static let refused: Set<String> = [
    "text/html", "application/xhtml+xml", "image/svg+xml", "text/css", "text/cache-manifest", "application/wasm",
    "multipart/x-mixed-replace", "multipart/related", "message/rfc822", "application/x-shockwave-flash",
    "application/mathml+xml", "text/xsl", "application/xslt+xml", "text/x-component", "application/manifest+json",
    "application/speculationrules+json", "text/javascript1.0",
  ]

  /// Whether the value of `Content-Type` is one type that is known to be none of those. No type at all is data too.
  static func isHarmless(_ value: String?) -> Bool {
    // Nearly every answer: not looked at byte by byte.
    guard let value, value != "application/json" else { return true }
    // Of several types browsers take the last that they understand.
    guard !value.contains(","), value.utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x09 }) else { return false }
    let essence = value.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    let parts = essence.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isTokenByte) }) else { return false }
    return !refused.contains(essence) && !essence.contains("script") && !essence.contains("html")
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x61...0x7A: true
    default: "!#$&-^_.+".utf8.contains(byte)
    }
  }
}
