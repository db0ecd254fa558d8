internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Observability
internal import Web

extension ApplicationFallback {
  /// Sends a request on as the application shall see it.
  func send(_ request: Request, identity: String?, _ context: WebContext) async throws -> Response {
    let client = RoutedRequest.caller(of: request, context, proxies: proxies)
    guard let place = state.place(for: client) else {
      throw Problem.unavailable("The application has more requests than it may have at once.", retryAfter: 1)
    }
    let rules = try await rules(for: request, from: client, identity: identity, context)
    var head = request.head
    head.headerFields = ApplicationCredentials.passable(head.headerFields)
    do {
      let response = try await forwarder.forward(
        Request(head: head, body: request.body), to: configuration.target, rules: rules, limits: configuration.limits,
        context: context, holding: place)
      state.note(isReachable: true)
      // What the application committed before it answered is the caller's to see at control.
      if identity != nil, ![.get, .head, .options].contains(request.method), response.status.code < 400 {
        WriteRecorder.current?.noteOutside()
      }
      return response
    } catch let failure as ForwardFailure {
      if failure.code == .unreachable { state.note(isReachable: false) }
      context.logger.warning("the application did not answer", metadata: ["upstream.reason": "\(failure)"])
      throw failure
    }
  }

  private func rules(
    for request: Request, from client: ClientAddress, identity: String?, _ context: WebContext
  ) async throws -> HeaderRules {
    let routed = RoutedRequest.current
    let authority = request.head.authority ?? ""
    var sets = HTTPFields()
    if let identity { sets[.atollIdentity] = identity }
    // On a Unix socket nobody has an address.
    if client != .local { sets[.forwardedFor] = client.description }
    let isSecure = try await passage.site()?.isSecure ?? false
    sets[ForwardedField.name] = ForwardedField(client: client, host: authority, isSecure: isSecure).value
    sets["X-Forwarded-Proto"] = isSecure ? "https" : "http"
    if !authority.isEmpty { sets["X-Forwarded-Host"] = authority }
    sets["X-Request-Id"] = routed?.request ?? context.id
    if let trace = Tracer.current { sets["traceparent"] = trace.description }
    var drops = HeaderRules.origin.union(["cookie", "x-request-id"])
    if ApplicationCredentials.areAtolls(request) || (identity != nil && !ApplicationCredentials.nameKey(request)) {
      drops.insert("authorization")
    }
    if let cookies = ApplicationCredentials.foreignCookies(of: request) { sets[.cookie] = cookies }
    return HeaderRules(
      dropsInbound: drops, setsInbound: sets, host: authority.isEmpty ? nil : authority,
      dropsAtollOutbound: true, check: { ApplicationCredentials.clean(&$0) })
  }
}

extension HTTPFields {
  /// A field by a name that is known to be one.
  fileprivate subscript(name: StaticString) -> String? {
    get { HTTPField.Name(name.description).flatMap { self[$0] } }
    set { if let name = HTTPField.Name(name.description) { self[name] = newValue } }
  }
}
