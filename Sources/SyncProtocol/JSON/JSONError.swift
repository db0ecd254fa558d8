/// Why a text is not the JSON that was expected: a syntax error with its place in the bytes, or a wrong shape with its path.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// More bytes than the limit of the place it came from.
    case tooLarge = "too_large"
    case tooDeep = "too_deep"
    case byteOrderMark = "byte_order_mark"
    case unexpectedEnd = "unexpected_end"
    /// A byte that cannot stand here: comments, trailing commas, single quotes, `NaN`, misspelt literals.
    case unexpectedByte = "unexpected_byte"
    case trailingBytes = "trailing_bytes"
    case duplicateKey = "duplicate_key"
    case invalidUTF8 = "invalid_utf8"
    case invalidEscape = "invalid_escape"
    case loneSurrogate = "lone_surrogate"
    /// U+0000, as a byte or as an escape: PostgreSQL cannot hold it and C code ends at it.
    case nul
    case controlCharacter = "control_character"
    /// A fraction, an exponent, a leading zero, a plus sign or minus zero.
    case numberForm = "number_form"
    /// An integer outside -2^63 ... 2^63 - 1.
    case numberRange = "number_range"
    /// Valid JSON of another shape; see ``path`` and ``expected``.
    case shape
  }

  public let code: Code
  /// Bytes before the place of a syntax error; nil for ``Code/shape``.
  public let offset: Int?
  /// Where in the document, such as `cursors[2].position`; empty for the document itself and for syntax errors.
  public let path: String
  /// What should have stood there, for people.
  public let expected: String?

  init(_ code: Code, at offset: Int) {
    self.code = code
    self.offset = offset
    path = ""
    expected = nil
  }

  /// A value of the wrong shape at `path`.
  public init(path: String, expected: String) {
    code = .shape
    offset = nil
    self.path = path
    self.expected = expected
  }

  /// Names code, place and expectation, never the offending value: safe for logs.
  public var description: String {
    if let offset { return "\(code.rawValue) at byte \(offset)" }
    return "\(path.isEmpty ? "document" : path): expected \(expected ?? "another value")"
  }
}
