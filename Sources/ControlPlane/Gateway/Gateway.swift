internal import HTTPTypes
package import Hummingbird
internal import Logging
internal import NIOCore
internal import Observability
internal import Outbox
internal import Silo
internal import SyncProtocol
package import Web

/// The way in (DESIGN §7): takes the URLs that regions serve, finds the organization's region in memory, and streams the request there and the
/// answer back, with its routing signed and nothing of control's own in it.
package struct Gateway: Sendable {
  private let environment: ControlEnvironment
  private let settings: GatewaySettings
  private let map: DirectoryMap
  private let keyring: ControlKeyring
  private let resolver: GatewayResolver
  private let credentials: CredentialExchange
  private let headers: GatewayHeaders
  private let forwarder: Forwarder
  /// Who vouches for regions; runs beside the gateway.
  let authorities: OutboundAuthorities
  private let lanes: RegionLanes
  /// Strangers can name slugs that nobody has, and tokens that nobody gave: so many readings a second they may cause.
  private let refreshes = RequestRates(rate: 5, burst: 20, maximum: 1)

  /// - Throws: when the certificate authorities cannot be read.
  init(
    environment: ControlEnvironment, map: DirectoryMap, keyring: ControlKeyring, identity: IdentityService,
    issuer: TokenIssuer, lanes: RegionLanes
  ) throws {
    let settings = environment.gateway
    self.environment = environment
    self.settings = settings
    self.map = map
    self.keyring = keyring
    resolver = GatewayResolver(map: map, patterns: settings.patterns, siteHost: environment.site.host)
    credentials = CredentialExchange(
      environment: environment, identity: identity, issuer: issuer,
      browser: BrowserSessions(environment: environment), exchanged: ExchangedTokens(limits: settings.limits))
    headers = GatewayHeaders(settings: settings)
    authorities = try OutboundAuthorities(settings.trust, logger: environment.logger)
    forwarder = Forwarder(authorities: authorities, outbound: environment.outbound)
    self.lanes = lanes
  }

  /// Whether a request is the gateway's.
  package func owns(_ request: Request) -> Bool {
    settings.patterns.owns((request.head.path ?? "").prefix { $0 != "?" })
  }

  /// Closes the connections to regions.
  func shutdown() { forwarder.shutdown() }

  /// Passes a request to its region.
  ///
  /// - Throws: ``Problem`` or what becomes one; nothing was done then, unless it says otherwise.
  package func answer(_ request: Request, context: WebContext) async throws -> Response {
    // Of the router's routes none fits: without this all requests of the gateway were one in metrics and traces.
    context.coreContext.endpointPath.value = settings.patterns.label(of: (request.head.path ?? "").prefix { $0 != "?" })
    let target = try GatewayTarget(checking: request)
    var attempt = try await Attempt(request, target, holding: settings.limits.heldBody)
    var route = try await resolve(attempt.target, request)
    guard !request.wantsWebSocket else { throw Self.notUpgraded(route.region) }
    while true {
      do {
        return try await pass(attempt, route, context)
      } catch RoutingRefusal.staleHome {
        guard attempt.mayRepeat(after: .refusal) else {
          // Not for this request, but for the one that follows it.
          map.bell.ring()
          throw Self.moving(repeating: attempt.number > 1)
        }
        await map.refresh()
        route = try resolver.route(attempt.target)
      } catch RoutingRefusal.refused(let code) {
        context.logger.error(
          "a region refused the gateway's signature",
          metadata: ["region": "\(route.region.name)", "reason": "\(code)"])
        throw Problem(
          .badGateway, "routing-refused", title: "The region did not believe this gateway",
          detail: "Its operators have to look at clocks and keys (`atoll doctor`). Nothing was done.")
      } catch let failure as ForwardFailure {
        let lane = lanes.lane(route.region.number, url: route.region.url)
        guard attempt.mayRepeat(after: failure.isSent ? .uncertain : .nothing), failure.isRegions, lane.mayRetry()
        else {
          throw failure
        }
      }
      attempt.number += 1
    }
  }

  /// Looks the region up; once more with a fresh map when the caller says that it knows of something newer.
  private func resolve(_ target: GatewayTarget, _ request: Request) async throws -> GatewayRoute {
    do throws(Problem) {
      return try resolver.route(target)
    } catch {
      guard error.status == .notFound, request.headers[.syncToken] != nil,
        refreshes.take("all", now: Double(environment.seconds))
      else { throw error }
    }
    await map.refresh()
    return try resolver.route(target)
  }

  private func pass(_ attempt: Attempt, _ route: GatewayRoute, _ context: WebContext) async throws -> Response {
    let region = route.region
    switch region.gateway {
    case .allowed: break
    case .redirect: return redirect(attempt.request, region)
    case .refused:
      throw Problem(
        .forbidden, "gateway-refused", title: "This region is not reached through here",
        detail: "Ask the region's own address.", members: ["region_url": .string(region.url)])
    }
    let lane = lanes.lane(region.number, url: region.url)
    guard region.state == .active, let upstream = lane.target else {
      throw Problem.unavailable("The region is not in use.", retryAfter: 60)
    }
    let client = environment.trustedProxies.caller(of: attempt.request, context)
    // Before a place is taken: whoever shows nothing good must not be the one request that tries a region.
    let passed = try await credentials.credential(attempt.request, for: route)
    let set = try fields(attempt, route, passed, client, context)
    let place = try lane.enter(for: client, at: .now)
    let rules = headers.rules(for: route, setting: set, keepsAuthorization: passed == .own)
    let limits = settings.deadlines.limits(
      settings.limits.forward, for: attempt.target.path, isIngest: attempt.target.ingest != nil)
    do {
      let response = try await forwarder.forward(
        attempt.request, to: upstream, rules: rules, limits: limits, context: context, holding: place)
      lane.succeed(LaneOutcome(status: response.status.code))
      return response
    } catch let failure as ForwardFailure {
      if failure.isRegions { lane.fail(at: .now) } else { lane.abandon(at: .now) }
      throw failure
    } catch is CancellationError {
      lane.abandon(at: .now)
      throw CancellationError()
    } catch {
      // It answered; what it said is another matter.
      lane.succeed(.withheld)
      throw error
    }
  }

  /// What the request gets, the signature of its routing last.
  private func fields(
    _ attempt: Attempt, _ route: GatewayRoute, _ passed: CredentialExchange.Passed, _ caller: ClientAddress,
    _ context: WebContext
  ) throws -> HTTPFields {
    guard let key = keyring.forward else {
      throw Problem(
        .serviceUnavailable, "gateway-without-key", title: "The gateway has no key yet",
        detail:
          "An operator has to publish a manifest that lists one: `atoll control manifest propose --change rotate`.")
    }
    let request = attempt.request
    let client = caller.description
    guard
      let routing = ForwardRouting(
        organization: route.home?.organization.description, generation: route.home?.generation ?? 0, client: client,
        request: context.id)
    else { throw Problem.internalError }
    let signed = try SignedForward(
      method: attempt.target.method, path: String(attempt.target.path), query: String(attempt.target.query),
      audience: route.region.number.silo.description, routing: routing, key: key, created: environment.seconds,
      nonce: .random())
    var fields = HTTPFields()
    let isSecure = !environment.site.isDevelopment
    let forwarded = ForwardedField(client: caller, host: attempt.target.host, isSecure: isSecure)
    fields.append(HTTPField(name: ForwardedField.name, value: forwarded.value))
    fields.append(HTTPField(name: .forwardedFor, value: client))
    fields.append(HTTPField(name: .xForwardedHost, value: attempt.target.host))
    fields.append(HTTPField(name: .xForwardedProto, value: isSecure ? "https" : "http"))
    fields.append(HTTPField(name: .requestID, value: context.id))
    if let trace = Tracer.current { fields[.traceParent] = trace.description }
    let tokens = request.headers[values: .syncToken]
    if !tokens.isEmpty { fields[.syncToken] = tokens.joined(separator: ", ") }
    if case .token(let token) = passed { fields[.authorization] = "Bearer \(token)" }
    for line in signed.fields.lines {
      if let name = HTTPField.Name(line.name) { fields.append(HTTPField(name: name, value: line.value)) }
    }
    return fields
  }

  /// 307 keeps the method and the body; a client that follows it shows its credential to the region itself, or does not.
  private func redirect(_ request: Request, _ region: RegionEntry) -> Response {
    var headers = GatewayHeaders.guards(region)
    headers[.location] = region.url + (request.head.path ?? "/")
    return Response(status: .temporaryRedirect, headers: headers)
  }

  /// Without this the region would get a plain request, and the caller an answer that means nothing to it.
  private static func notUpgraded(_ region: RegionEntry) -> Problem {
    Problem(
      .notImplemented, "upgrade-not-passed", title: "WebSockets do not pass this gateway",
      detail: "Nothing was done. Open them at the region's own address.",
      members: ["region_url": .string(region.url)], headers: [.regionURL: region.url])
  }

  private static func moving(repeating: Bool) -> Problem {
    Problem(
      .serviceUnavailable, "stale-home", title: "The organization is moving or has just moved",
      detail: "Its region did not take the request, and nothing was done. Send it again.", retryAfter: repeating ? 2 : 1
    )
  }
}
