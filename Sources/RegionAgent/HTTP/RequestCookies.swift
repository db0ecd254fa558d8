internal import HTTPTypes
internal import Hummingbird

extension Request {
  /// The value of a cookie (RFC 6265 §5.4). Nil when there are several of the name with different values: one of them was planted.
  func cookie(_ name: String) -> String? {
    var found: String?
    for (key, value) in cookies where key == name {
      guard found == nil || found == value else { return nil }
      found = value
    }
    return found
  }

  /// All names and values of cookies.
  var cookies: [(name: String, value: String)] {
    headers[values: .cookie].flatMap { line in
      line.split(separator: ";").compactMap { part in
        let text = part.drop { $0 == " " || $0 == "\t" }
        guard let sign = text.firstIndex(of: "=") else { return nil }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
      }
    }
  }
}
