internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Observability
internal import Web

extension ApplicationFallback {
  /// Sends a request on as the application shall see it.
  func send(_ request: Request, identity: String?, _ context: WebContext) async throws -> Response {
    guard let place = state.place() else {
      throw Problem.unavailable("The application has more requests than it may have at once.", retryAfter: 1)
    }
    let rules = try await rules(for: request, identity: identity, context)
    do {
      let response = try await forwarder.forward(
        request, to: configuration.target, rules: rules, limits: configuration.limits, context: context, holding: place)
      state.note(isReachable: true)
      return response
    } catch let failure as ForwardFailure {
      if failure.code == .unreachable { state.note(isReachable: false) }
      context.logger.warning("the application did not answer", metadata: ["upstream.reason": "\(failure)"])
      throw failure
    }
  }

  private func rules(for request: Request, identity: String?, _ context: WebContext) async throws -> HeaderRules {
    let routed = RoutedRequest.current
    let authority = request.head.authority ?? ""
    var sets = HTTPFields()
    if let identity { sets[.atollIdentity] = identity }
    let client = routed?.client ?? client(of: request, context)
    // On a Unix socket nobody has an address.
    if client != ClientAddress.local.description { sets[.forwardedFor] = client }
    let isSecure = try await passage.site()?.isSecure ?? false
    sets["X-Forwarded-Proto"] = isSecure ? "https" : "http"
    if !authority.isEmpty { sets["X-Forwarded-Host"] = authority }
    sets["X-Request-Id"] = routed?.request ?? context.id
    if let trace = Tracer.current { sets["traceparent"] = trace.description }
    var drops = HeaderRules.origin.union(["cookie"])
    if ApplicationCredentials.areAtolls(request) || (identity != nil && !ApplicationCredentials.nameKey(request)) {
      drops.insert("authorization")
    }
    if let cookies = ApplicationCredentials.foreignCookies(of: request) { sets[.cookie] = cookies }
    return HeaderRules(
      dropsInbound: drops, setsInbound: sets, host: authority.isEmpty ? nil : authority,
      dropsAtollOutbound: true, check: { ApplicationCredentials.clean(&$0) })
  }

  /// Whom a direct request is from, as far as proxies that are listed say it.
  private func client(of request: Request, _ context: WebContext) -> String {
    proxies.caller(connection: ClientAddress(context.remoteAddress), headers: request.headers).description
  }
}

extension HTTPFields {
  /// A field by a name that is known to be one.
  fileprivate subscript(name: StaticString) -> String? {
    get { HTTPField.Name(name.description).flatMap { self[$0] } }
    set { if let name = HTTPField.Name(name.description) { self[name] = newValue } }
  }
}
