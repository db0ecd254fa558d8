internal import NIOCore
internal import NIOHTTP1

/// One request and its answer on a connection, as a value: what came, who waits for what, and what stands still.
struct UpstreamExchange {
  /// Who stood still when a deadline passed.
  enum Standstill {
    case upstream, caller
    /// Each waits for the other: an answer began, and its request is not complete.
    case both
  }

  private let headTime: TimeAmount
  private var idleTime: TimeAmount
  private let streamIdleTime: TimeAmount
  /// By when the request has to be here whole, and by when its answer.
  private let uploadBy: NIODeadline
  private var totalBy: NIODeadline
  /// Closes the caller's own connection, when it is the caller who stands still while an answer waits for it.
  let closeCaller: @Sendable () -> Void

  /// What came and was not taken yet.
  private var answer: UpstreamAnswer?
  private var isHeadTaken = false
  private var isAnswered = false
  private(set) var isSent = false
  private var isRefused = false
  private var keepsAlive = true
  private(set) var failure: ForwardFailure?
  private var head: CheckedContinuation<UpstreamAnswer, any Error>?
  private var body: CheckedContinuation<UpstreamChunk, any Error>?
  private var writer: CheckedContinuation<Void, any Error>?
  private var rest: CheckedContinuation<Bool, any Error>?

  init(_ limits: ForwardLimits, begun: NIODeadline, closeCaller: @escaping @Sendable () -> Void) {
    headTime = TimeAmount(limits.head)
    idleTime = TimeAmount(limits.idle)
    streamIdleTime = TimeAmount(limits.streamIdle)
    uploadBy = limits.upload.map { begun + TimeAmount($0) } ?? .distantFuture
    totalBy = limits.total.map { begun + TimeAmount($0) } ?? .distantFuture
    self.closeCaller = closeCaller
  }

  /// Bytes that wait for the caller.
  var waiting: Int { answer?.body?.readableBytes ?? 0 }
  /// Everything came and was taken, the end of the answer too: nobody will ask for more.
  private(set) var isOver = false
  /// Whether the connection is good for another exchange after this one.
  var isReusable: Bool { isSent && keepsAlive && failure == nil }
  /// By when the present wait has to end, when it began now.
  func patience(from now: NIODeadline) -> NIODeadline {
    let next = now + (isSent && !isHeadTaken && answer == nil ? headTime : idleTime)
    return min(next, totalBy, isSent ? .distantFuture : uploadBy)
  }

  /// Who is waited for: an upstream that neither takes nor answers, or a caller that neither sends nor takes.
  func standstill(_ now: NIODeadline) -> Standstill {
    if rest != nil, now < min(uploadBy, totalBy) { return .both }
    if writer != nil || body != nil { return .upstream }
    if !isSent { return .caller }
    return isHeadTaken ? .caller : .upstream
  }

  /// Whether more of the request may be sent.
  var takesMore: Bool { failure == nil && !isRefused }

  mutating func markSent() {
    isSent = true
    deliverRest()
  }

  mutating func receive(_ part: HTTPClientResponsePart) {
    switch part {
    case .head(let received):
      guard answer == nil, !isHeadTaken else { return }
      keepsAlive = received.isKeepAlive
      if received.headers.first(name: "content-type")?.lowercased().hasPrefix("text/event-stream") ?? false {
        idleTime = streamIdleTime
        totalBy = .distantFuture
      }
      answer = UpstreamAnswer(status: received.status, headers: received.headers, isWhole: false)
    case .body(var bytes):
      if answer == nil {
        answer = UpstreamAnswer(status: .ok, headers: [:], body: bytes, isWhole: false)
      } else if answer?.body == nil {
        answer?.body = bytes
      } else {
        answer?.body?.writeBuffer(&bytes)
      }
    case .end:
      isAnswered = true
      deliverRest()
    }
  }

  /// Answers whoever waits for what is there now. Returns whether anybody took anything.
  mutating func deliver() -> Bool {
    if let waiter = head, failure != nil || answer != nil {
      head = nil
      waiter.resume(with: takeHead())
      return true
    }
    if let waiter = body, failure != nil || answer != nil || isAnswered {
      body = nil
      waiter.resume(with: takeBody())
      return true
    }
    return false
  }

  mutating func wantHead(_ waiter: CheckedContinuation<UpstreamAnswer, any Error>) { head = waiter }
  mutating func wantBody(_ waiter: CheckedContinuation<UpstreamChunk, any Error>) { body = waiter }

  /// Waits until the request is complete (true), or its answer is before it (false).
  mutating func wantRest(_ waiter: CheckedContinuation<Bool, any Error>) {
    rest = waiter
    deliverRest()
  }

  private mutating func deliverRest() {
    guard let waiter = rest, isSent || isAnswered || failure != nil else { return }
    rest = nil
    if let failure, !isSent, !isAnswered { waiter.resume(throwing: failure) } else { waiter.resume(returning: isSent) }
  }

  /// Waits until the connection takes more of the request.
  mutating func wantRoom(_ waiter: CheckedContinuation<Void, any Error>) { writer = waiter }

  /// The upstream wants no more of the request: who sends it stops, the answer goes on.
  mutating func refuseRest() {
    guard !isSent else { return }
    isRefused = true
    writer?.resume(throwing: ForwardFailure(.brokenOff, isSent: true, "no more is wanted"))
    writer = nil
  }

  mutating func giveRoom() {
    writer?.resume()
    writer = nil
  }

  /// Ends all waits. What came whole is passed on whole, whatever happened to the connection then.
  mutating func fail(_ failure: ForwardFailure) {
    if self.failure == nil, !isAnswered || !isSent { self.failure = failure }
    writer?.resume(throwing: failure)
    writer = nil
    deliverRest()
    _ = deliver()
  }

  private mutating func takeHead() -> Result<UpstreamAnswer, any Error> {
    guard var taken = answer else { return .failure(failure ?? ForwardFailure(.brokenOff, "no answer")) }
    answer = nil
    isHeadTaken = true
    taken.isWhole = isAnswered
    isOver = isAnswered
    taken.isEarly = !isSent
    return .success(taken)
  }

  private mutating func takeBody() -> Result<UpstreamChunk, any Error> {
    if let bytes = answer?.body {
      answer = nil
      isOver = isAnswered
      return .success(UpstreamChunk(bytes: bytes, isLast: isAnswered))
    }
    isOver = isAnswered
    if isAnswered { return .success(UpstreamChunk(bytes: nil, isLast: true)) }
    return .failure(failure ?? ForwardFailure(.brokenOff, isSent: true, "the answer ended early"))
  }
}
