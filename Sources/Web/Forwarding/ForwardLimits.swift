/// The bounds of one forwarded request.
package struct ForwardLimits: Sendable, Hashable {
  /// For a connection to be made, TLS included.
  package var connect: Duration
  /// From the end of the request to the head of the answer.
  package var head: Duration
  /// Without any progress while a body streams, either way and on either side.
  package var idle: Duration
  /// From the head of a request to the end of its body, at whatever pace it comes; nil for no such bound.
  package var upload: Duration?
  /// From the head of a request to the last byte of its answer; nil for no such bound. An event stream has none.
  package var total: Duration?
  /// As ``idle``, once an answer turns out to be an event stream: events come when they come.
  package var streamIdle: Duration
  /// Bytes of the request's body; nil for no bound but the caller's patience.
  package var requestBytes: Int?

  package init(
    connect: Duration = .seconds(5), head: Duration = .seconds(30), idle: Duration = .seconds(30),
    upload: Duration? = nil, total: Duration? = nil, streamIdle: Duration = .seconds(300), requestBytes: Int? = nil
  ) {
    self.connect = connect
    self.head = head
    self.idle = idle
    self.upload = upload
    self.total = total
    self.streamIdle = streamIdle
    self.requestBytes = requestBytes
  }
}
