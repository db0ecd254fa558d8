internal import NIOCore

/// By when what must come next must come: the head of a request, its body at a least rate, the reader of an answer, the end. A value, so that it reads
/// like the rule it is; ``ExchangeWatch`` feeds it and owns the one timer.
struct ExchangePace {
  enum Overdue: Hashable {
    /// No head in time; nobody waits for an answer.
    case head
    /// The body trickles.
    case body
    /// The answer is not read, or the connection was to end.
    case close
  }

  private let limits: WebLimits
  private var headBy: NIODeadline?
  private var body: Body?
  private var readBy: NIODeadline?
  private var closeBy: NIODeadline?

  /// A body on its way. Time in which nobody here reads does not count against the sender.
  private struct Body {
    /// When the time is over that it was given and has earned.
    var by: NIODeadline
    var pausedSince: NIODeadline?
  }

  init(limits: WebLimits) { self.limits = limits }

  /// The next time something is overdue, if nothing else happens.
  var next: (at: NIODeadline, what: Overdue)? {
    var found: (at: NIODeadline, what: Overdue)?
    func consider(_ bound: NIODeadline?, _ what: Overdue) {
      guard let bound, bound < found?.at ?? .distantFuture else { return }
      found = (bound, what)
    }
    consider(headBy, .head)
    consider(bodyBy, .body)
    consider(readBy, .close)
    consider(closeBy, .close)
    return found
  }

  private var bodyBy: NIODeadline? {
    guard let body, body.pausedSince == nil else { return nil }
    return body.by
  }

  mutating func awaitHead(_ now: NIODeadline) {
    closeBy = nil
    headBy = now + .seconds(limits.headSeconds)
  }

  mutating func headCame(_ now: NIODeadline) {
    headBy = nil
    body = Body(by: now + .seconds(limits.bodyGraceSeconds))
  }

  /// Bytes earn time, but nobody saves up for a long silence.
  mutating func bodyCame(_ count: Int, _ now: NIODeadline) {
    guard let by = body?.by else { return }
    let rate = Int64(max(1, limits.bodyBytesPerSecond))
    let useful = min(Int64(count), rate * limits.bodyPauseSeconds)
    body?.by = max(by, min(by + .nanoseconds(useful * 1_000_000_000 / rate), now + .seconds(limits.bodyPauseSeconds)))
  }

  mutating func requestEnded() { body = nil }

  mutating func pauseReading(_ now: NIODeadline) {
    if body?.pausedSince == nil { body?.pausedSince = now }
  }

  mutating func resumeReading(_ now: NIODeadline) {
    guard var reading = body, let since = reading.pausedSince else { return }
    reading.pausedSince = nil
    reading.by = reading.by + (now - since)
    body = reading
  }

  /// The other side takes no more of the answer, or does again.
  mutating func stall(_ isStalled: Bool, _ now: NIODeadline) {
    readBy = isStalled ? readBy ?? now + .seconds(limits.stallSeconds) : nil
  }

  /// The connection ends soon, whatever the other side does.
  mutating func close(_ now: NIODeadline) {
    headBy = nil
    body = nil
    closeBy = closeBy ?? now + .seconds(limits.lingerSeconds)
  }
}
