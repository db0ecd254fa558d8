/// Bounds of waiting for one's own writes.
package struct SyncTokenLimits: Sendable, Hashable {
  /// The longest wait of one request.
  package var patience = Duration.seconds(5)
  /// Tokens of one request, and the longest that all of them may be together.
  package var tokens = 8
  package var bytes = 2048
  /// Requests of one caller, a credential from one network, that wait at once; further ones are told to come again.
  package var waitsOfCaller = 16
  /// Requests of one network that wait at once, whatever they show: credentials are made up for nothing. This machine has three quarters of all.
  package var waitsOfNetwork = 256
  /// Requests that wait at once in this process.
  package var waits = 2048

  package init() {}
}
