package import Hummingbird
internal import HTTPTypes

/// The fields of an `application/x-www-form-urlencoded` body (WHATWG URL §5.1), read strictly: broken escapes, text that is not UTF-8 and NUL are
/// refused, not repaired.
package struct FormBody: Sendable, Hashable {
  /// Fields of one body.
  package static let maximumFields = 64

  private let fields: [(name: String, value: String)]

  package init(_ fields: [(name: String, value: String)]) { self.fields = fields }

  /// - Throws: ``Problem`` when the text is malformed or has too many fields.
  package init(parsing bytes: [UInt8]) throws {
    var fields: [(name: String, value: String)] = []
    for pair in bytes.split(separator: UInt8(ascii: "&")) {
      guard fields.count < Self.maximumFields else { throw Problem.badRequest("A form has at most 64 fields.") }
      let equals = pair.firstIndex(of: UInt8(ascii: "="))
      let name = pair[..<(equals ?? pair.endIndex)]
      let value = equals.map { pair[pair.index(after: $0)...] } ?? []
      guard let name = Self.decoded(name), let value = Self.decoded(value) else {
        throw Problem.badRequest("A field of the form is not percent-encoded UTF-8.")
      }
      fields.append((name, value))
    }
    self.fields = fields
  }

  /// The value of a field that is there exactly once.
  package subscript(_ name: String) -> String? {
    let values = all(name)
    return values.count == 1 ? values.first : nil
  }

  /// Every value of a field, in order.
  package func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

  /// The names, in order.
  package var names: [String] { fields.map(\.name) }

  package static func == (left: Self, right: Self) -> Bool { left.fields.elementsEqual(right.fields) { $0 == $1 } }
  package func hash(into hasher: inout Hasher) {
    for field in fields {
      hasher.combine(field.name)
      hasher.combine(field.value)
    }
  }

  /// `+` is a space, `%XX` a byte; nil when an escape is broken, the bytes are not UTF-8 or hold a NUL.
  private static func decoded(_ text: some Collection<UInt8>) -> String? {
    var bytes: [UInt8] = []
    var rest = text.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(0x20)
      case UInt8(ascii: "%"):
        guard let escaped = PercentDecoding.byte(&rest) else { return nil }
        bytes.append(escaped)
      default: bytes.append(byte)
      }
    }
    guard !bytes.contains(0) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension Request {
  /// Reads the whole body as a form.
  /// - Throws: ``Problem/tooLarge``, a 415 for another content type, or a 400 for what is not a form.
  package func form(limit: Int = 64 * 1024) async throws -> FormBody {
    guard headers[.contentType].map(Self.isForm) ?? false else {
      throw Problem(
        .unsupportedMediaType, "unsupported-media-type", title: "This route takes application/x-www-form-urlencoded")
    }
    if let length = headers[.contentLength].flatMap(Int.init), length > limit { throw Problem.tooLarge }
    return try FormBody(parsing: try await bytes(limit: limit))
  }

  private static func isForm(_ contentType: String) -> Bool {
    let parts = contentType.lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\"" } }
    return parts.first == "application/x-www-form-urlencoded" && parts.dropFirst().allSatisfy { $0 == "charset=utf-8" }
  }
}
