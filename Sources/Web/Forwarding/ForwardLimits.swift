/// The bounds of one forwarded request.
package struct ForwardLimits: Sendable, Hashable {
  /// For a connection to be made, TLS included.
  package var connect: Duration
  /// From the end of the request to the head of the answer.
  package var head: Duration
  /// Without any progress while a body streams, either way and on either side.
  package var idle: Duration
  /// Bytes of the request's body; nil for no bound but the caller's patience.
  package var requestBytes: Int?

  package init(
    connect: Duration = .seconds(5), head: Duration = .seconds(30), idle: Duration = .seconds(30),
    requestBytes: Int? = nil
  ) {
    self.connect = connect
    self.head = head
    self.idle = idle
    self.requestBytes = requestBytes
  }
}
