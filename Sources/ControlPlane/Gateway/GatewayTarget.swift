internal import HTTPTypes
internal import Hummingbird
internal import SyncProtocol
internal import Web

/// What of a request says where it goes: all of it as it stands in the request, nothing decoded.
struct GatewayTarget: Sendable {
  let method: String
  let path: Substring
  let query: Substring
  /// Without a port, in lower case.
  let host: String
  /// Set for a request that brings data by project key.
  var ingest: Ingest?

  enum Ingest: Sendable, Hashable {
    case key(String)
    /// It names no key.
    case unnamed
  }

  /// - Throws: ``Problem`` 400 for a path that two servers could read differently, 414 for one that is too long to be signed.
  init(checking request: Request) throws(Problem) {
    let target = request.head.path ?? "/"
    let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
    method = request.method.rawValue
    path = target[..<(mark ?? target.endIndex)]
    query = mark.map { target[target.utf8.index(after: $0)...] } ?? ""
    let authority = request.head.authority ?? ""
    let name = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
    host = name.lowercased()
    guard path.utf8.count <= ForwardProfile.maximumTargetBytes, query.utf8.count <= ForwardProfile.maximumTargetBytes
    else { throw Problem(.uriTooLong, "uri-too-long", title: "The path or the query is too long") }
    guard target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "#") }),
      !Self.isAmbiguous(path)
    else { throw Problem.badRequest("The path is not one that every server reads alike.") }
  }

  /// Empty segments, and segments `.` and `..`, encoded or not: a server behind this one may follow them.
  private static func isAmbiguous(_ path: Substring) -> Bool {
    var last: UInt8 = 0
    var mayHaveDots = false
    for byte in path.utf8 {
      switch (last, byte) {
      case (0x2F, 0x2F): return true
      // `/.` and `%2`.
      case (0x2F, 0x2E), (0x25, 0x32): mayHaveDots = true
      default: break
      }
      last = byte
    }
    guard mayHaveDots else { return false }
    return path.lowercased().replacing("%2e", with: ".").split(separator: "/").contains { $0 == "." || $0 == ".." }
  }

  /// What is counted of a request that only the default region serves: its shape without names and ids.
  func template(_ missing: String) -> String {
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).prefix(8)
    let shape = segments.map { $0.isEmpty || Self.words.contains(String($0)) ? String($0) : "*" }
    let known = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"].contains(method)
    return "\(known ? method : "OTHER") /\(shape.joined(separator: "/")) (\(missing.lowercased()))"
  }

  /// Segments that are no names.
  private static let words: Set<String> = [
    "api", "0", "organizations", "projects", "teams", "envelope", "store", "security", "minidump", "unreal", "issues",
    "events",
    "members", "keys", "releases", "users", "internal",
  ]
}
