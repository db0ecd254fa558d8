/// The path and query that a request is for. Paths that programs behind this one could understand differently are refused, not cleaned.
enum RequestTarget {
  /// In bytes, path and query together.
  static let maximumBytes = 8192

  /// The origin form of a request's target: `/path?query`, as it came.
  ///
  /// - Parameter authority: the host of the request; a target in absolute form must name the same (RFC 9112 §3.2.2).
  /// - Throws: ``WireRefusal/badTarget``, ``WireRefusal/targetTooLong`` or ``WireRefusal/badHost``.
  static func origin(_ text: String, authority: Authority?) throws(WireRefusal) -> String {
    guard text.utf8.count <= maximumBytes else { throw .targetTooLong }
    guard text.utf8.first != UInt8(ascii: "/") else {
      try check(text.utf8)
      return text
    }
    guard let scheme = ["http://", "https://"].first(where: { text.prefix($0.count).lowercased() == $0 }) else {
      throw .badTarget
    }
    let rest = text.dropFirst(scheme.count)
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
    guard let named = Authority(rest[..<end]), named == authority else { throw .badHost }
    let path = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    try check(path.utf8)
    return path
  }

  private static func check(_ bytes: String.UTF8View) throws(WireRefusal) {
    // `//host/…` is a host to some programs.
    guard !bytes.starts(with: [UInt8(ascii: "/"), UInt8(ascii: "/")]) else { throw .badTarget }
    var isQuery = false
    var segment = Segment()
    var rest = bytes.makeIterator()
    while let byte = rest.next() {
      guard isAllowed(byte) else { throw .badTarget }
      if isQuery { continue }
      switch byte {
      case UInt8(ascii: "?"):
        isQuery = true
      case UInt8(ascii: "/"):
        guard !segment.isDots else { throw .badTarget }
        segment = Segment()
      case UInt8(ascii: "%"):
        guard let decoded = PercentDecoding.byte(&rest), decoded >= 0x20, decoded != 0x7F else { throw .badTarget }
        // An encoded slash stays what it is, but dots between such slashes are dots to whoever decodes before splitting.
        if decoded == UInt8(ascii: "/") || decoded == UInt8(ascii: "\\") {
          guard !segment.isDots else { throw .badTarget }
          segment = Segment()
        } else {
          segment.append(decoded)
        }
      default:
        segment.append(byte)
      }
    }
    guard !segment.isDots else { throw .badTarget }
  }

  /// Printable ASCII but for what no client may leave as it is (RFC 3986 §2): space, `"`, `#`, `<`, `>`, `\`.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"): false
    default: byte > 0x20 && byte < 0x7F
    }
  }

  /// What a segment says so far: nothing, dots, or something. Parameters (`..;a`) do not change that.
  private struct Segment {
    private var dots = 0
    private var isOther = false
    private var isParameter = false

    var isDots: Bool { !isOther && (dots == 1 || dots == 2) }

    mutating func append(_ byte: UInt8) {
      guard !isParameter else { return }
      switch byte {
      case UInt8(ascii: "."): dots += 1
      case UInt8(ascii: ";"): isParameter = true
      default: isOther = true
      }
    }
  }
}
