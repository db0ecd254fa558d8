/// Takes a parsed document apart with types, and says at which path something else was expected.
///
/// ```swift
/// let body = JSONReader(try JSONParser.parse(bytes))
/// let slug = try body.field("slug").string(bytes: 1...63)
/// let wait = try body.optional("wait_ms")?.integer(in: 0...30_000) ?? 0
/// ```
public struct JSONReader: Sendable {
  public let value: JSONValue
  /// Where this value stands in the document; empty for the document.
  public let path: String

  public init(_ value: JSONValue, path: String = "") {
    self.value = value
    self.path = path
  }

  /// The error "expected … here", for checks of the caller's own.
  public func error(expected: String) -> JSONError { JSONError(path: path, expected: expected) }

  public func object() throws(JSONError) -> JSONObject {
    guard case .object(let object) = value else { throw error(expected: "an object") }
    return object
  }

  /// The member `name`, which must be there; it may be null.
  public func field(_ name: String) throws(JSONError) -> JSONReader {
    guard let member = try object()[name] else { throw child(name, .null).error(expected: "this member") }
    return child(name, member)
  }

  /// The member `name`; nil when it is absent or null.
  public func optional(_ name: String) throws(JSONError) -> JSONReader? {
    guard let member = try object()[name], member != .null else { return nil }
    return child(name, member)
  }

  /// Throws when the object has a member that is not named here: for bodies whose misspelt members must not be ignored.
  public func only(_ names: String...) throws(JSONError) {
    for member in try object().members where !names.contains(member.key) {
      throw error(expected: "only the members \(names.joined(separator: ", "))")
    }
  }

  public func array(maximum: Int) throws(JSONError) -> [JSONReader] {
    guard case .array(let values) = value else { throw error(expected: "an array") }
    guard values.count <= maximum else { throw error(expected: "at most \(maximum) elements") }
    return values.enumerated().map { JSONReader($1, path: "\(path)[\($0)]") }
  }

  /// A string whose UTF-8 form has a length within `bytes`.
  public func string(bytes: ClosedRange<Int> = 0...65_536) throws(JSONError) -> String {
    guard case .string(let text) = value else { throw error(expected: "a string") }
    guard bytes.contains(text.utf8.count) else {
      throw error(expected: "a string of \(bytes.lowerBound) to \(bytes.upperBound) bytes")
    }
    return text
  }

  public func bool() throws(JSONError) -> Bool {
    guard case .bool(let flag) = value else { throw error(expected: "true or false") }
    return flag
  }

  public func integer(in range: ClosedRange<Int64>) throws(JSONError) -> Int64 {
    guard case .integer(let number) = value, range.contains(number) else {
      throw error(expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A non-negative 64-bit integer in a string of decimal digits without leading zeros.
  public func decimal() throws(JSONError) -> Int64 {
    guard case .string(let text) = value, let number = Int64(canonicalDecimal: text) else {
      throw error(expected: "a string of decimal digits")
    }
    return number
  }

  /// A string that `make` turns into a value; `expected` describes what it accepts.
  public func parsed<Value>(_ expected: String, _ make: (String) -> Value?) throws(JSONError) -> Value {
    guard case .string(let text) = value, let made = make(text) else { throw error(expected: expected) }
    return made
  }

  private func child(_ name: String, _ value: JSONValue) -> JSONReader {
    JSONReader(value, path: path.isEmpty ? name : "\(path).\(name)")
  }
}
