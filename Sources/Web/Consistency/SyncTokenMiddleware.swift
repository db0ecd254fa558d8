package import HTTPTypes
package import Hummingbird
internal import Logging
internal import SyncProtocol

/// Read-your-writes: a request that brings `Atoll-Sync-Token` waits until what it names is applied here, and a request that wrote something is
/// answered with one. A write never fails because nobody has applied it yet.
package struct SyncTokenMiddleware: RouterMiddleware {
  private let desk: any SyncTokenDesk
  private let limits: SyncTokenLimits
  private let observer: WebObserver
  private let client: @Sendable (Request, WebContext) -> ClientAddress
  private let applies: @Sendable (_ path: String) -> Bool
  private let callers: WaitingCallers

  /// - Parameters:
  ///   - client: whose request it is, as far as proxies are believed.
  ///   - applies: to which paths.
  package init(
    desk: any SyncTokenDesk, limits: SyncTokenLimits = SyncTokenLimits(), observer: WebObserver = .none,
    client: @escaping @Sendable (Request, WebContext) -> ClientAddress,
    applies: @escaping @Sendable (_ path: String) -> Bool
  ) {
    self.desk = desk
    self.limits = limits
    self.observer = observer
    self.client = client
    self.applies = applies
    callers = WaitingCallers(limits: limits)
  }

  @concurrent package func handle(
    _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    guard applies(request.uri.path) else { return try await next(request, context) }
    try await awaitTokens(of: request, context)
    let recorder = WriteRecorder()
    var response = try await WriteRecorder.$current.withValue(recorder) { try await next(request, context) }
    if let written = recorder.written, let token = await token(for: written, context) {
      response.headers[values: .atollSyncToken].append(token)
    }
    return response
  }

  /// What was written stays written: an answer without a token is better than none.
  private func token(for written: WriteRecorder.Written, _ context: WebContext) async -> String? {
    do {
      return try await desk.token(for: written)?.text
    } catch {
      context.logger.warning("a write is answered without its token", metadata: ["error": "\(error)"])
      return nil
    }
  }

  /// - Throws: ``Problem``: 400 for what is no token of anybody known, 503 when it is not reached in time or too many wait.
  private func awaitTokens(of request: Request, _ context: WebContext) async throws {
    let fields = request.headers[values: .atollSyncToken]
    guard !fields.isEmpty else { return }
    var positions: [SyncPosition] = []
    for token in try tokens(fields) where desk.concerns(token) {
      guard try await desk.isGenuine(token) else { throw Self.invalid }
      positions.append(token.position)
    }
    guard !positions.isEmpty else { return }
    let started = ContinuousClock.now
    let outcome = try await callers.waiting(caller(request, context)) {
      try await desk.wait(for: positions, until: started.advanced(by: limits.patience))
    }
    observer(.waited(isReached: outcome ?? false, duration: started.duration(to: .now)))
    switch outcome {
    case true: return
    case false: throw Self.notYetApplied
    case nil: throw Self.tooMany
    }
  }

  private func tokens(_ fields: [String]) throws -> [SyncToken] {
    guard fields.reduce(0, { $0 + $1.utf8.count }) <= limits.bytes else { throw Self.invalid }
    let parts = fields.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
    guard parts.count <= limits.tokens else { throw Self.invalid }
    return try parts.map { part in
      let text = part.trimmingPrefix { $0 == " " || $0 == "\t" }
      guard let token = SyncToken(text.prefix { $0 != " " && $0 != "\t" }),
        text.dropFirst(SyncToken.length).allSatisfy({ $0 == " " || $0 == "\t" })
      else { throw Self.invalid }
      return token
    }
  }

  /// Who shows the same credential in the same network is the same. Nobody has looked at the credential yet.
  private func caller(_ request: Request, _ context: WebContext) -> WaitingCallers.Caller {
    WaitingCallers.Caller(
      client(request, context), credential: request.headers[.authorization] ?? request.headers[.cookie])
  }

  private static let invalid = Problem(
    .badRequest, "sync-token-invalid", title: "Atoll-Sync-Token is not one that was given out",
    detail: "Send it as it came, at most 8 with commas between, or leave it out.")

  private static let notYetApplied = Problem(
    .serviceUnavailable, "not-yet-applied", title: "What the token names has not arrived here yet",
    detail:
      "Nothing was done. The change is committed and on its way: try again, or leave the token out to see what is here.",
    retryAfter: 1)

  private static let tooMany = Problem(
    .serviceUnavailable, "too-many-waiting", title: "Too many requests wait for changes already",
    detail: "Nothing was done. Try again when your other requests are answered.", retryAfter: 1)
}

extension HTTPField.Name {
  /// `Atoll-Sync-Token`: what to wait for, so that one sees one's own writes.
  package static let atollSyncToken = HTTPField.Name("Atoll-Sync-Token") ?? .via
}
