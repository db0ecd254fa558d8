internal import HTTPTypes
internal import Hummingbird
package import Silo
internal import SyncProtocol
package import Web

/// A request that a gateway routed here, as it signed it (forward-v1): whose it is and where it came from, never who asks.
///
/// Set for the whole of such a request, so that decisions inside a transaction see whether the home is still the one that the gateway meant.
package struct RoutedRequest: Sendable, Hashable {
  @TaskLocal package static var current: RoutedRequest?

  /// Nil for a request that names none: the default region's.
  package let organization: OrganizationID?
  /// Of the organization's home, as the gateway knows it.
  package let generation: Int64
  /// The caller's network address, or `local`.
  package let client: String
  /// The gateway's id of the request.
  package let request: String

  package init(organization: OrganizationID?, generation: Int64, client: String, request: String) {
    self.organization = organization
    self.generation = generation
    self.client = client
    self.request = request
  }

  /// Whom a request is from, as its gateway says it, or as far as proxies that are listed do.
  static func caller(of request: Request, _ context: WebContext, proxies: TrustedProxies) -> ClientAddress {
    if let current { return ClientAddress(current.client) ?? .local }
    return proxies.caller(of: request, context)
  }

  /// Refuses a request that was routed by older knowledge than this region has, or by newer.
  ///
  /// - Parameter home: the organization's home as this region's rows have it; nil when it is not here.
  /// - Throws: 421 `stale-home` with the location as far as it is known here; 503 while this region's own row is on its way.
  package func require(_ home: OrganizationHome?, region: RegionName) throws(Problem) {
    guard let home, home.state != .ended else { throw Self.stale(nil) }
    if home.generation > generation { throw Self.stale((region, home.generation)) }
    guard home.generation == generation, home.state == .provisioned else {
      throw .unavailable("The organization is on its way to this region. Try again shortly.", retryAfter: 1)
    }
  }

  /// Refuses as ``require(_:region:)``, by what a transaction sees of the organization that the request is about. Does nothing for a request without a gateway.
  static func requireHome(of organization: Organization?, region: RegionName) throws(Problem) {
    guard let current, current.organization != nil else { return }
    let home = organization.map { OrganizationHome(generation: $0.generation, state: .provisioned) }
    try current.require(home, region: region)
  }

  /// The name of the header that tells a gateway where an organization lives.
  package static let homeHeader = "Atoll-Home"

  private static func stale(_ home: (region: RegionName, generation: Int64)?) -> Problem {
    var headers = HTTPFields()
    // Always there: a gateway tells this refusal from an application's answer by it. `?0` is "not known here".
    if let name = HTTPField.Name(homeHeader) {
      headers[name] = home.map { "region=\"\($0.region)\", generation=\($0.generation)" } ?? "?0"
    }
    return Problem(
      .misdirectedRequest, "stale-home", title: "The organization's home is another by now",
      detail: "Nothing was done. Whoever routed the request here shall look again and may repeat it.", headers: headers)
  }
}
