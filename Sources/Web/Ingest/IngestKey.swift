internal import HTTPTypes
package import Hummingbird
internal import NIOCore
internal import SyncProtocol

/// The public key that a client sends data with: in the query, in a header, or in the first line of an envelope. Gateway and region read it by this
/// one code, so that no request has one key there and another here.
package enum IngestKey {
  /// Bytes of an envelope's first line that are looked at.
  package static let longestLine = 8192

  /// The header that SDKs send.
  private static let header = HTTPField.Name("X-Sentry-Auth")

  /// The key that query and headers name; nil when they name none.
  ///
  /// - Throws: 400 ``Problem`` for what is no key, and when two places name different ones.
  package static func find(_ request: Request) throws(Problem) -> String? {
    var found: [Substring] = []
    for pair in (request.uri.query ?? "").split(separator: "&") where pair.hasPrefix("sentry_key=") {
      found.append(pair.dropFirst("sentry_key=".count))
    }
    // Whoever reads the query more loosely must not find a key that is not seen here.
    guard mentions(in: request.uri.query ?? "") == found.count else { throw refused }
    for name in [header, HTTPField.Name.authorization] {
      for value in name.map({ request.headers[values: $0] }) ?? [] { found += named(in: value) }
    }
    guard let first = found.first else { return nil }
    guard found.allSatisfy({ $0 == first }) else {
      throw Problem(.badRequest, "keys-differ", title: "The request names several project keys")
    }
    return try checked(first)
  }

  /// The key of the `dsn` in the first line of an envelope (a JSON object); nil when it names none.
  ///
  /// - Throws: 400 ``Problem`` for a line that is not strict JSON, and for what is no key.
  package static func find(inEnvelope line: some Collection<UInt8>) throws(Problem) -> String? {
    let head: JSONValue
    do throws(JSONError) {
      head = try JSONParser.parse(Array(line), limits: JSONLimits(maximumBytes: longestLine))
    } catch {
      throw Problem(
        .badRequest, "bad-envelope", title: "The envelope does not begin with a JSON object",
        detail: error.description)
    }
    guard case .object(let object) = head, case .string(let dsn)? = object["dsn"] else { return nil }
    return try key(ofDSN: dsn)
  }

  /// The public key of `https://<key>@<host>/<number>`; an old DSN's secret after the key counts for nothing.
  package static func key(ofDSN text: String) throws(Problem) -> String {
    guard let scheme = text.firstRange(of: "://") else { throw refused }
    let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let at = authority.lastIndex(of: "@") else { throw refused }
    return try checked(authority[..<at].prefix { $0 != ":" })
  }

  /// How often a query says `sentry_key`, with escapes resolved and in any case.
  private static func mentions(in query: String) -> Int {
    var bytes: [UInt8] = []
    var rest = Substring(query).utf8
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        rest = rest.dropFirst(2)
        bytes.append(value)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self).lowercased().ranges(of: "sentry_key").count
  }

  /// `Sentry sentry_version=7, sentry_key=…`: the scheme in any case, parts separated by commas or spaces.
  private static func named(in value: String) -> [Substring] {
    let parts = value.split { $0 == "," || $0 == " " || $0 == "\t" }
    guard parts.first?.lowercased() == "sentry" else { return [] }
    return parts.dropFirst().filter { $0.hasPrefix("sentry_key=") }.map { $0.dropFirst("sentry_key=".count) }
  }

  /// 32 lower-case hexadecimal digits and nothing else: no escapes, no other case.
  private static func checked(_ text: Substring) throws(Problem) -> String {
    guard text.utf8.count == 32,
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { throw refused }
    return String(text)
  }

  private static var refused: Problem {
    Problem(
      .badRequest, "bad-key", title: "This is not a project key",
      detail: "A key has 32 lower-case hexadecimal digits, as in the DSN.")
  }

  /// Nobody says whose data this is.
  package static var missing: Problem {
    Problem(
      .unauthorized, "key-missing", title: "The request names no project key",
      detail: "Send it as `sentry_key` in the query, in `X-Sentry-Auth`, or as `dsn` in the head of an envelope.")
  }
}
