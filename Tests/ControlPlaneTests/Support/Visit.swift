import ControlPlane
import Foundation
import HTTPTypes
import Silo
import Synchronization
import Testing

/// A browser without scripts: keeps cookies, follows redirects by hand, sends the forms it was shown.
final class Visit: Sendable {
  private let control: ControlFixture
  private let jar = Mutex<[String: String]>([:])
  private let shown = Mutex<Answer?>(nil)

  init(_ control: ControlFixture) { self.control = control }

  /// The cookies, by name.
  var cookies: [String: String] {
    get { jar.withLock { $0 } }
    set { jar.withLock { $0 = newValue } }
  }

  /// The page shown last, as text.
  var html: String { shown.withLock { $0.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "" } }
  /// The form token of the page shown last.
  var csrf: String? { value("csrf") }

  /// The value of a hidden field of the page shown last.
  func value(_ name: String) -> String? {
    guard let range = html.range(of: "name=\"\(name)\" value=\"") else { return nil }
    return String(html[range.upperBound...].prefix { $0 != "\"" }).replacingOccurrences(of: "&#61;", with: "=")
  }

  @discardableResult
  func get(_ path: String) async throws -> Answer { try await exchange(.get, path, [], nil) }

  /// Sends a form with the token of the page shown last.
  @discardableResult
  func post(_ path: String, _ fields: [String: String], origin: String? = "http://127.0.0.1:8400") async throws
    -> Answer
  {
    try await post(path, fields, csrf: csrf, origin: origin)
  }

  @discardableResult
  func post(
    _ path: String, _ fields: [String: String], csrf: String?, origin: String?, headers: [(String, String)] = []
  ) async throws -> Answer {
    var fields = fields
    fields["csrf"] = csrf
    let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
    let body = fields.sorted { $0.key < $1.key }.map { field in
      "\(field.key)=\(field.value.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "")"
    }.joined(separator: "&")
    return try await exchange(.post, path, headers + (origin.map { [("Origin", $0)] } ?? []), Array(body.utf8))
  }

  private func exchange(
    _ method: HTTPRequest.Method, _ path: String, _ extra: [(String, String)], _ body: [UInt8]?
  ) async throws -> Answer {
    var headers = HTTPFields()
    let cookies = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
    if !cookies.isEmpty { headers[.cookie] = cookies }
    if body != nil { headers[.contentType] = "application/x-www-form-urlencoded" }
    for (name, value) in extra { if let name = HTTPField.Name(name) { headers[name] = value } }
    let answer = try await control.raw(method, path, headers: headers, body: body)
    jar.withLock { jar in
      for line in answer.headers[values: .setCookie] {
        let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2 else { continue }
        jar[String(pair[0])] = line.contains("Max-Age=0") ? nil : String(pair[1])
      }
    }
    shown.withLock { $0 = answer }
    return answer
  }

  /// Logs in on the pages.
  @discardableResult
  func logIn(_ email: String, _ password: String = ControlFixture.password, at path: String = "/login") async throws
    -> Answer
  {
    try await get(path)
    var fields = ["email": email, "password": password]
    if let wayBack = value("return_to") { fields["return_to"] = Self.unescaped(wayBack) }
    return try await post("/login", fields)
  }

  static func unescaped(_ html: String) -> String {
    var text = html
    for (reference, character) in [("&#61;", "="), ("&#38;", "&"), ("&#39;", "'")] {
      text = text.replacingOccurrences(of: reference, with: character)
    }
    return text
  }
}
