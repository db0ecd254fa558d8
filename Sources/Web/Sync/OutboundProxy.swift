internal import AsyncHTTPClient

/// An HTTP proxy between an agent and control: `http://[user:password@]host:port`. For `https` control planes it only carries bytes (CONNECT).
package struct OutboundProxy: Sendable, Hashable {
  package let host: String
  package let port: Int
  /// `user:password`; a secret.
  private let credentials: String?

  /// Nil for another scheme, no port, or anything after the port but a slash.
  package init?(_ text: String) {
    let text = text.hasSuffix("/") ? String(text.dropLast()) : text
    guard text.utf8.count <= 500, text.hasPrefix("http://"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return nil
    }
    let parts = text.dropFirst(7).split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let place = parts.last, let colon = place.lastIndex(of: ":"),
      !place.contains(where: { "/@?#\\".contains($0) }),
      let port = UInt16(place[place.index(after: colon)...]), port > 0, colon > place.startIndex
    else { return nil }
    host = String(place[..<colon])
    self.port = Int(port)
    credentials = parts.count > 1 ? String(parts[0]) : nil
  }

  var setting: HTTPClient.Configuration.Proxy {
    guard let credentials else { return .server(host: host, port: port) }
    let parts = credentials.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return .server(
      host: host, port: port,
      authorization: .basic(
        username: parts[0].removingPercent, password: (parts.count > 1 ? parts[1] : "").removingPercent))
  }
}

extension OutboundProxy: CustomStringConvertible {
  /// Without the password.
  package var description: String { "http://\(host):\(port)" }
}

extension String {
  /// `%40` becomes `@`; what is not an escape stays as it is.
  fileprivate var removingPercent: String {
    var bytes: [UInt8] = []
    var rest = Array(utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
        rest.count >= 2
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
