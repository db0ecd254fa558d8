/// The header lines of an HTTP message: names in lower case, values as received, repeated names kept apart.
public struct MessageFields: Sendable, Hashable {
  public private(set) var lines: [Line]

  public struct Line: Sendable, Hashable {
    public let name: String
    public let value: String
  }

  public init() { lines = [] }

  public init(_ lines: some Sequence<(String, String)>) {
    self.init()
    for (name, value) in lines { append(name, value) }
  }

  public mutating func append(_ name: String, _ value: String) {
    lines.append(Line(name: name.lowercased(), value: value))
  }

  /// All values with this lower-case name in their order.
  public subscript(name: String) -> [String] { lines.filter { $0.name == name }.map(\.value) }

  /// The value of a field that may occur once; nil when it is absent.
  ///
  /// - Throws: `parameter_refused` when it is repeated or longer than `maximumBytes`.
  func single(_ name: String, maximumBytes: Int) throws(VerificationFailure) -> String? {
    let values = self[name]
    guard values.count <= 1 else { throw VerificationFailure(.parameterRefused, "\(name) is repeated") }
    guard let value = values.first else { return nil }
    guard value.utf8.count <= maximumBytes else { throw VerificationFailure(.parameterRefused, "\(name) is too long") }
    guard value.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 }) else {
      throw VerificationFailure(.parameterRefused, "\(name) has other than printable ASCII characters")
    }
    return String(value.trimmingWhiteSpace())
  }
}

extension String {
  /// Without spaces and tabs at both ends, as RFC 9421 §2.1 wants field values.
  fileprivate func trimmingWhiteSpace() -> Substring {
    var text = Substring(self)
    while let first = text.utf8.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
    while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
    return text
  }
}
