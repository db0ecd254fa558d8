internal import HTTPTypes
package import Hummingbird
package import Logging
internal import SyncProtocol
package import Web

/// `/sync/v1/…` and the manifest.
package struct SyncRoutes: Sendable {
  private let exchange: SyncExchange
  private let server: SyncServer
  private let keyring: ControlKeyring

  package init(
    exchange: SyncExchange, keyring: ControlKeyring, clock: WallClock, limits: SyncLimits = SyncLimits(),
    observer: WebObserver = .none, logger: Logger
  ) {
    self.exchange = exchange
    server = SyncServer(
      silo: .control, clock: clock, refusalPause: .milliseconds(limits.refusalPause), observer: observer, logger: logger
    ) { keyring.control }
    self.keyring = keyring
  }

  package func add(to router: Router<WebContext>) {
    router.post(RouterPath(SyncPath.join)) { request, _ in
      try await server.respondToJoin(to: request) { call, join in try await exchange.join(call, join) }
    }
    router.post(RouterPath(SyncPath.hello)) { request, _ in
      try await server.respond(
        to: request, limit: WireLimits.maximumDocumentBytes, keys: { try await exchange.known($0) }
      ) { try await exchange.hello($0) }
    }
    router.post(RouterPath(SyncPath.pull)) { request, _ in
      try await server.respond(
        to: request, limit: WireLimits.maximumDocumentBytes, keys: { try await exchange.known($0) }
      ) { try await exchange.pull($0) }
    }
    router.post(RouterPath(SyncPath.bye)) { request, _ in
      try await server.respond(
        to: request, limit: WireLimits.maximumDocumentBytes, keys: { try await exchange.known($0) }
      ) { try await exchange.bye($0) }
    }
    router.post(RouterPath(SyncPath.compare)) { request, _ in
      try await server.respond(
        to: request, limit: WireLimits.maximumDocumentBytes, keys: { try await exchange.known($0) }
      ) { try await exchange.compare($0) }
    }
    router.post(RouterPath(SyncPath.push)) { request, _ in
      try await server.respond(to: request, keys: { try await exchange.known($0) }) { try await exchange.push($0) }
    }
    router.post(RouterPath(SyncPath.bulk)) { request, _ in
      try await server.respond(
        to: request, limit: WireLimits.maximumDocumentBytes, keys: { try await exchange.known($0) }
      ) { try await exchange.bulk($0) }
    }
    router.post(RouterPath(SyncPath.bulkPush)) { request, _ in
      try await server.respond(to: request, keys: { try await exchange.known($0) }) { try await exchange.bulkPush($0) }
    }
    router.post(RouterPath(SyncPath.receipts)) { request, _ in
      try await server.respond(
        to: request, limit: WireLimits.maximumDocumentBytes, keys: { try await exchange.known($0) }
      ) { try await exchange.receipts($0) }
    }
    router.get(RouterPath(SyncPath.manifest)) { _, _ in
      var headers: HTTPFields = [.contentType: SignedManifest.contentType, .cacheControl: "no-cache"]
      if let name = HTTPField.Name(Negotiation.versionsField) { headers[name] = Negotiation.text() }
      return Response(
        status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: keyring.manifestDocument)))
    }
  }
}
