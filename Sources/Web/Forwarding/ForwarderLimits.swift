/// The bounds of a forwarder's connections.
package struct ForwarderLimits: Sendable, Hashable {
  /// Idle connections kept to one target by one event loop.
  package var idleConnections = 64
  /// After this an idle connection is closed: shorter than upstreams usually wait, so that they seldom close one that is about to be used.
  package var idleTime: Duration = .seconds(15)
  /// Bytes of an answer that wait for a slow caller.
  package var buffered = 128 * 1024
  /// Bytes of one header field of an answer, and of all.
  package var headerFieldBytes = 16 * 1024
  package var headerBytes = 64 * 1024
  package var headerFields = 128

  package init() {}
}
