internal import HTTPTypes
internal import Hummingbird

/// Writes query strings and adds them to URIs.
enum URLQuery {
  /// `a=b&c=d`: everything but RFC 3986's unreserved characters is percent-encoded.
  static func text(_ pairs: [(String, String)]) -> String {
    pairs.map { "\(encoded($0))=\(encoded($1))" }.joined(separator: "&")
  }

  static func encoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default: bytes.append(contentsOf: [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 0xF)])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A URI without fragment with more parameters; what it has stays as it is.
  static func adding(_ pairs: [(String, String)], to uri: String) -> String {
    uri + (uri.contains("?") ? (uri.hasSuffix("?") || uri.hasSuffix("&") ? "" : "&") : "?") + text(pairs)
  }

  /// A redirection that makes whatever request it answers a GET, and tells nobody where it came from.
  static func redirect(to location: String) -> Response {
    var headers: HTTPFields = [.location: location]
    if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
    return Response(status: .seeOther, headers: headers)
  }

  private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x41 + nibble - 10 }
}
