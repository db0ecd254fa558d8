/// A host and port to serve, such as `127.0.0.1:8400` or `[::1]:8400`.
struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
  let host: String
  let port: Int

  /// Returns nil unless the text is `HOST:PORT` with a port from 0 (any free one) to 65535.
  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { return nil }
    self.host = String(host)
    self.port = port
  }

  /// Whether only this machine can connect.
  var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
