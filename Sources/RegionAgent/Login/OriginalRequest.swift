internal import HTTPTypes
internal import Hummingbird
internal import Web

/// The request that a proxy asks about. Where the proxy writes it down is said by the path that the proxy was configured with, never guessed from
/// headers, which a client may have set.
struct OriginalRequest: Sendable, Hashable {
  /// How a proxy asks.
  enum Dialect: String, Sendable, CaseIterable {
    /// nginx `auth_request`: `X-Original-Method` and `X-Original-URI`, set by its configuration.
    case original = ""
    /// Traefik `forwardAuth`, Caddy `forward_auth`: `X-Forwarded-Method` and `X-Forwarded-Uri`, set by the proxy.
    case forwarded
    /// Envoy `ext_authz` over HTTP: the method and path of the question itself, behind `path_prefix`.
    case request
  }

  let method: HTTPRequest.Method
  /// Without its query.
  let path: String

  /// Bytes of a path that are looked at at all.
  private static let longest = 8192

  /// - Parameter prefix: what a question of ``Dialect/request`` begins with.
  /// - Throws: 403 ``Problem`` when the proxy does not say what it should, or a header pretends to be Atoll's.
  init(_ request: Request, _ dialect: Dialect, prefix: String) throws(Problem) {
    // In CGI, WSGI and their kin `Atoll_Identity` and `Atoll.Identity` become the name that `Atoll-Identity` becomes.
    guard !request.headers.contains(where: { Self.pretends($0.name.canonicalName) }) else {
      throw Problem(.forbidden, "reserved-header", title: "Headers of this name are Atoll's own")
    }
    switch dialect {
    case .request:
      method = request.method
      path = try Self.path(String(request.uri.path.dropFirst(prefix.utf8.count)))
    case .original:
      (method, path) = try Self.read(request, method: "X-Original-Method", path: "X-Original-URI")
    case .forwarded:
      (method, path) = try Self.read(request, method: "X-Forwarded-Method", path: "X-Forwarded-Uri")
    }
  }

  /// Whether a name, in lower case, begins like one of ours in any spelling. Asked of every header of every request.
  private static func pretends(_ name: String) -> Bool {
    let bytes = name.utf8
    guard bytes.starts(with: "atoll".utf8), let separator = bytes.dropFirst(5).first else { return false }
    return "-_.".utf8.contains(separator)
  }

  private static func read(
    _ request: Request, method: String, path: String
  ) throws(Problem) -> (HTTPRequest.Method, String) {
    guard let text = single(method, request), let method = HTTPRequest.Method(text), let uri = single(path, request)
    else { throw misconfigured }
    return (method, try Self.path(uri))
  }

  private static func single(_ name: String, _ request: Request) -> String? {
    guard let name = HTTPField.Name(name) else { return nil }
    let values = request.headers[values: name]
    return values.count == 1 ? values[0] : nil
  }

  private static func path(_ uri: String) throws(Problem) -> String {
    guard uri.hasPrefix("/"), uri.utf8.count <= longest else { throw misconfigured }
    return String(uri.prefix { $0 != "?" && $0 != "#" })
  }

  private static var misconfigured: Problem {
    Problem(
      .forbidden, "proxy-misconfigured", title: "The proxy does not say which request it asks about",
      detail: "See docs/region-login.md for its configuration.")
  }
}
