package import Web

/// The bounds of the gateway. Every one counts for one region alone: a region that is slow or ill takes nothing from the others.
package struct GatewayLimits: Sendable, Hashable {
  /// Requests under way to one region; the next is answered 503.
  package var concurrency = 256
  /// Failures in a row after which a region is not asked for a while.
  package var failures = 5
  /// How long it is not asked, at first and at most; then one request tries.
  package var pause: Duration = .seconds(1)
  package var longestPause: Duration = .seconds(30)
  /// Requests that are sent again, of 100, and how many may be at once after a quiet time.
  package var retries = 10
  package var retryBurst = 20
  /// Bytes of a request's body that are held, so that it can be sent again after a region refused its routing. A longer body streams and is not.
  package var heldBody = 16 * 1024
  /// Bytes of a request, and the deadline of a connection. The others are a matter of the path: ``GatewayDeadlines``.
  package var forward = ForwardLimits(requestBytes: 256 << 20)
  /// Seconds for which an exchanged credential is used again.
  package var exchangeSeconds: Int64 = 5
  /// Exchanged credentials kept.
  package var exchanges = 20_000

  package init() {}
}
