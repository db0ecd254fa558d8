internal import NIOHPACK
internal import NIOHTTP1

/// What the head of a request must be, whatever version of HTTP it comes in.
struct RequestHeadRules: Sendable {
  private let maximumFields: Int

  init(limits: WebLimits) { maximumFields = limits.headerFields }

  /// What the guards need to know of a request they let through.
  struct Admitted {
    /// The caller waits for a word before it sends the body.
    var expectsContinue = false
    /// It asks for another protocol, which it does not get.
    var wantsUpgrade = false
  }

  /// Admits a head of HTTP/1, and writes its host and target in the one form.
  func admit(_ head: inout HTTPRequestHead) throws(WireRefusal) -> Admitted {
    guard head.version == .http1_1 || head.version == .http1_0 else { throw .unknownVersion }
    guard head.method != .CONNECT, head.method != .TRACE else { throw .methodRefused }
    var facts = Facts()
    for field in head.headers { try facts.read(field.name, field.value) }
    if let coding = facts.transferCoding {
      guard head.version == .http1_1, facts.length == nil else { throw .ambiguousLength }
      guard coding.lowercased() == "chunked" else { throw .unknownCoding }
    }
    let authority = facts.host.flatMap { Authority($0) }
    guard facts.host == nil ? head.version == .http1_0 : authority != nil else { throw .badHost }
    head.uri = try RequestTarget.origin(head.uri, authority: authority)
    if let authority, authority.description != facts.host {
      head.headers.replaceOrAdd(name: "host", value: authority.description)
    }
    return facts.admitted
  }

  /// Admits a head of HTTP/2, and writes its host and target in the one form.
  func admit(_ headers: inout HPACKHeaders) throws(WireRefusal) -> Admitted {
    guard headers.count <= maximumFields + 4 else { throw .headersTooLarge }
    var facts = Facts()
    var path: String?
    var named: String?
    for field in headers {
      switch field.name {
      case ":method":
        guard field.value != "CONNECT", field.value != "TRACE" else { throw .methodRefused }
        guard !field.value.isEmpty, field.value.utf8.allSatisfy(Self.isToken) else { throw .malformed }
      case ":path": path = field.value
      case ":authority": named = field.value
      case ":scheme": guard field.value == "https" || field.value == "http" else { throw .malformed }
      case let name where name.hasPrefix(":"): throw .malformed
      default: try facts.read(field.name, field.value)
      }
    }
    guard facts.transferCoding == nil else { throw .ambiguousLength }
    guard let authority = named.flatMap({ Authority($0) }), let path else { throw .badHost }
    guard facts.host.map({ Authority($0) == authority }) ?? true else { throw .badHost }
    guard path.hasPrefix("/") else { throw .badTarget }
    _ = try RequestTarget.origin(path, authority: authority)
    if facts.host != nil { headers.remove(name: "host") }
    if authority.description != named {
      headers = HPACKHeaders(
        headers.map { ($0.name, $0.name == ":authority" ? authority.description : $0.value) })
    }
    return facts.admitted
  }

  /// What the fields of one head say together.
  private struct Facts {
    private(set) var host: String?
    private(set) var length: String?
    private(set) var transferCoding: String?
    private(set) var admitted = Admitted()

    mutating func read(_ name: String, _ value: String) throws(WireRefusal) {
      guard !name.isEmpty, name.utf8.allSatisfy(RequestHeadRules.isToken) else { throw .malformed }
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { throw .malformed }
      // Most fields are none of these, and need no other spelling.
      switch [4, 6, 7, 14, 17].contains(name.utf8.count) ? name.lowercased() : "" {
      case "host":
        guard host == nil else { throw .badHost }
        host = value
      case "content-length":
        guard length == nil, (1...18).contains(value.utf8.count), value.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw .ambiguousLength }
        length = value
      case "transfer-encoding":
        guard transferCoding == nil else { throw .ambiguousLength }
        transferCoding = value
      case "expect":
        guard value.lowercased() == "100-continue" else { throw .expectationFailed }
        admitted.expectsContinue = true
      case "upgrade":
        admitted.wantsUpgrade = true
      default: break
      }
    }
  }

  /// A character of a token (RFC 9110 §5.6.2).
  static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
      UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
