/// The bounds of an HTTP server against callers that are too many, too slow or silent.
package struct WebLimits: Sendable, Hashable {
  /// Connections open at once. Two an agent for 4095 regions, and as many for everybody else. Each is a file: see the process's limit.
  package var connections = 16_384
  /// Connections that the system keeps until the server takes them; the kernel's own bound is `net.core.somaxconn`.
  package var backlog = 4096
  /// Seconds in which a TLS handshake must be done.
  package var handshakeSeconds: Int64 = 15
  /// Seconds in which a connection must bring the head of a request, from its opening or the end of the answer before. Agents keep theirs
  /// for 60. A connection of HTTP/2 without streams lives as long.
  package var headSeconds: Int64 = 75
  /// Seconds that a body has besides those that its bytes earn at ``bodyBytesPerSecond``. Time in which this side does not read is not counted.
  package var bodyGraceSeconds: Int64 = 30
  package var bodyBytesPerSecond = 512
  /// Seconds of silence that a body can have earned at most, however fast it came before.
  package var bodyPauseSeconds: Int64 = 60
  /// Seconds in which a caller that reads nothing of its answer is kept.
  package var stallSeconds: Int64 = 60
  /// Seconds and bytes for which a caller is still heard after its answer, so that it can read it, before its connection is cut.
  package var lingerSeconds: Int64 = 2
  package var lingerBytes = 1 << 20
  /// Bytes of one header field, and of all.
  package var headerFieldBytes = 16 * 1024
  package var headerBytes = 64 * 1024
  package var headerFields = 128
  /// Bytes of chunked framing that carry nothing: this many, and as many as sixteen times the body.
  package var framingBytes = 64 * 1024

  /// Frames of HTTP/2 that carry next to nothing: so many of a connection at once, and so many a second for good.
  package var frameBurst = 10_000
  package var framesPerSecond = 500

  package init() {}
}
