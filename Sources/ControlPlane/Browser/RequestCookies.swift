internal import HTTPTypes
package import Hummingbird

/// The cookies of a request (RFC 6265 §5.4), by exact name.
package struct RequestCookies: Sendable {
  private let pairs: [(name: Substring, value: Substring)]

  package init(_ request: Request) {
    pairs = request.headers[values: .cookie].flatMap { line in
      line.split(separator: ";").compactMap { part in
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, let name = pair.first, let value = pair.last else { return nil }
        return (Self.trimmed(name), Self.trimmed(value))
      }
    }
  }

  /// The value of a cookie that is there exactly once: of two with one name nobody can say which is ours.
  package subscript(_ name: String) -> String? {
    let values = pairs.filter { $0.name == name }
    return values.count == 1 ? values.first.map { String($0.value) } : nil
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let start = text.drop { $0 == " " || $0 == "\t" }
    guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
    return start[...end]
  }
}
