internal import HTTPTypes
internal import Silo
internal import SyncProtocol
internal import Web

/// What of a message crosses between the login host and a region (DESIGN §7): nothing of control's own inwards, and outwards nothing that could
/// read, set or run anything on the login host.
struct GatewayHeaders: Sendable {
  private let answerFields: Set<String>
  private let patterns: GatewayPatterns

  init(settings: GatewaySettings) {
    answerFields = Self.harmless.union(settings.answerFields).subtracting(Self.never)
    patterns = settings.patterns
  }

  /// Fields of answers that pass. What is not here does not.
  static let harmless: Set<String> = [
    "accept-ranges", "age", "allow", "cache-control", "content-disposition", "content-encoding", "content-language",
    "content-length", "content-range", "content-type", "date", "deprecation", "etag", "expires", "idempotency-key",
    "last-modified", "link", "location", "ratelimit", "ratelimit-policy", "retry-after", "sunset", "vary",
    "www-authenticate", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-sentry-error",
    "x-sentry-rate-limit-limit", "x-sentry-rate-limit-remaining", "x-sentry-rate-limit-reset", "x-sentry-rate-limits",
    "atoll-sync-token", "atoll-freshness", "atoll-freshness-age", "atoll-home", "atoll-forward-refused",
  ]

  /// Fields that no setting lets pass.
  static let never: Set<String> = [
    "set-cookie", "set-cookie2", "clear-site-data", "service-worker-allowed", "refresh", "alt-svc", "report-to",
    "reporting-endpoints", "nel", "strict-transport-security", "public-key-pins", "content-security-policy",
    "content-security-policy-report-only", "x-content-type-options", "x-frame-options", "sourcemap", "x-sourcemap",
    "access-control-allow-origin", "access-control-allow-credentials", "permissions-policy", "origin-agent-cluster",
    "cross-origin-opener-policy", "cross-origin-embedder-policy", "cross-origin-resource-policy", "speculation-rules",
    "no-vary-search", "x-permitted-cross-domain-policies", "accept-ch", "critical-ch", "document-policy",
    "supports-loading-mode", "attribution-reporting-register-source", "attribution-reporting-register-trigger",
  ]

  private static let dropped: Set<String> = HeaderRules.origin.union([
    "cookie", "cookie2", "authorization", "signature", "signature-input", "sync-audience", "x-request-id",
    "x-csrf-token",
  ])

  /// - Parameter set: what the request gets, the signature of its routing among it.
  func rules(for route: GatewayRoute, setting set: HTTPFields, keepsAuthorization: Bool) -> HeaderRules {
    var dropped = Self.dropped
    if keepsAuthorization { dropped.remove("authorization") }
    let region = route.region
    var rules = HeaderRules(
      dropsInbound: dropped, setsInbound: set, outbound: .only(answerFields),
      setsOutbound: Self.guards(region),
      check: { head in try self.check(&head, region) })
    rules.dropsPrefixes = HeaderRules.identityPrefixes
    return rules
  }

  /// What every answer gets: no sniffing, no scripts, and the region's own address.
  static func guards(_ region: RegionEntry) -> HTTPFields {
    [
      .xContentTypeOptions: "nosniff", .contentSecurityPolicy: "sandbox; default-src 'none'",
      .regionURL: region.url,
    ]
  }

  private func check(_ head: inout HTTPResponse, _ region: RegionEntry) throws {
    if head.status.code == 421 { try RoutingRefusal.check(head) }
    head.headerFields[.atollHome] = nil
    head.headerFields[.forwardRefused] = nil
    guard head.headerFields[values: .contentType].count <= 1,
      AnswerContent.isHarmless(head.headerFields[.contentType])
    else {
      throw Problem(
        .badGateway, "answer-not-data", title: "The region's answer is not passed on",
        detail: "It is a page or a program, and only data comes through here: ask the region's own address.",
        members: ["region_url": .string(region.url)])
    }
    if head.headerFields[.contentType] == nil { head.headerFields[.contentType] = "application/octet-stream" }
    if let location = head.headerFields[.location] {
      guard head.headerFields[values: .location].count == 1, isWithin(location, region) else {
        throw Problem(
          .badGateway, "answer-elsewhere", title: "The region's answer is not passed on",
          detail: "It leads to an address that is not the region's.")
      }
    }
    // A dialog for a password, or a ticket of somebody's network, would be the login host's.
    if head.headerFields.contains(.wwwAuthenticate) { head.headerFields[.wwwAuthenticate] = "Bearer" }
  }

  /// An address of the region's, or one of those paths here that lead to regions.
  private func isWithin(_ location: String, _ region: RegionEntry) -> Bool {
    guard location.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return false }
    if location.hasPrefix(region.url) {
      let rest = location.dropFirst(region.url.count)
      return rest.isEmpty || rest.hasPrefix("/") || rest.hasPrefix("?")
    }
    guard location.hasPrefix("/"), !location.hasPrefix("//") else { return false }
    let path = location.prefix { $0 != "?" && $0 != "#" }
    return !path.contains("/.") && !path.lowercased().contains("%2e") && patterns.match(path) != nil
  }
}

extension HTTPField.Name {
  /// `Atoll-Region-URL`: where a client may go directly.
  static let regionURL = HTTPField.Name("Atoll-Region-URL") ?? .via
  static let atollHome = HTTPField.Name("Atoll-Home") ?? .via
  static let forwardRefused = HTTPField.Name("Atoll-Forward-Refused") ?? .via
  static let syncToken = HTTPField.Name("Atoll-Sync-Token") ?? .via
  static let requestID = HTTPField.Name("X-Request-Id") ?? .via
  static let xForwardedHost = HTTPField.Name("X-Forwarded-Host") ?? .via
  static let xForwardedProto = HTTPField.Name("X-Forwarded-Proto") ?? .via
  static let traceParent = HTTPField.Name("traceparent") ?? .via
}
