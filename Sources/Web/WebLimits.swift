/// The bounds of an HTTP server against callers that are too many, too slow or silent.
package struct WebLimits: Sendable, Hashable {
  /// Connections open at once. Two an agent for 4095 regions, and as many for everybody else. Each is a file: see the process's limit.
  package var connections = 16_384
  /// Connections that the system keeps until the server takes them; the kernel's own bound is `net.core.somaxconn`.
  package var backlog = 4096
  /// Seconds in which a connection must bring the head of a request, from its opening or the end of the answer before. Agents keep theirs
  /// for 60.
  package var headSeconds: Int64 = 75
  /// Bytes of one header field, and of all.
  package var headerFieldBytes = 16 * 1024
  package var headerBytes = 64 * 1024
  package var headerFields = 128

  package init() {}
}
