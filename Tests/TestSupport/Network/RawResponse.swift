/// An answer of HTTP/1 as it stood on the wire, with its framing undone.
public struct RawResponse: Sendable {
  public let version: String
  public let status: Int
  /// Names in lower case.
  public let headers: [(name: String, value: String)]
  public let body: String

  /// The only value of a field; nil when there is none or several.
  public subscript(_ name: String) -> String? {
    let found = headers.filter { $0.name == name }
    return found.count == 1 ? found.first?.value : nil
  }
}

extension RawConnection {
  /// The next answer; nil when the connection ends before it is whole.
  ///
  /// - Parameter isHead: the request was a HEAD, so there is no body whatever the head says.
  public func response(isHead: Bool = false) async -> RawResponse? {
    guard let head = await bytes(through: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let start = (lines.first ?? "").split(separator: " ", maxSplits: 2)
    guard start.count >= 2, let status = Int(start[1]) else { return nil }
    let headers = lines.dropFirst().map { line -> (name: String, value: String) in
      let parts = line.split(separator: ":", maxSplits: 1)
      return (parts[0].lowercased(), String((parts.count > 1 ? parts[1] : "").drop { $0 == " " }))
    }
    func value(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    var body: [UInt8] = []
    if isHead || status < 200 || status == 204 || status == 304 {
      // No body.
    } else if let length = value("content-length").flatMap({ Int($0) }) {
      guard let whole = await bytes(count: length) else { return nil }
      body = whole
    } else if value("transfer-encoding") == "chunked" {
      guard let whole = await chunks() else { return nil }
      body = whole
    } else {
      body = await rest()
    }
    return RawResponse(
      version: String(start[0]), status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
  }

  private func chunks() async -> [UInt8]? {
    var body: [UInt8] = []
    while true {
      guard let line = await bytes(through: [13, 10]),
        let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16),
        let chunk = await bytes(count: size + 2)
      else { return nil }
      if size == 0 { return body }
      body += chunk.dropLast(2)
    }
  }
}
