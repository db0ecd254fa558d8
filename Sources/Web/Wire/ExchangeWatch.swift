internal import NIOCore

/// What the guards of both versions of HTTP share: keeps the exchanges of one channel to their ``ExchangePace``, with one timer.
///
/// Lives on the channel's event loop, whose clock is the only one it reads.
final class ExchangeWatch {
  private let loop: any EventLoop
  private let timer: LazyTimer
  private var pace: ExchangePace
  private var context: ChannelHandlerContext?
  private var breakBody: ((WireRefusal) -> Void)?

  init(limits: WebLimits, loop: any EventLoop) {
    self.loop = loop
    pace = ExchangePace(limits: limits)
    timer = LazyTimer(on: loop)
  }

  /// From now on a head is awaited. What is overdue ends the channel; a body only itself, so that its route can answer.
  func start(_ context: ChannelHandlerContext, breakBody: @escaping (WireRefusal) -> Void) {
    self.context = context
    self.breakBody = breakBody
    note { $0.awaitHead($1) }
  }

  func stop() {
    timer.cancel()
    context = nil
    breakBody = nil
  }

  /// Tells the pace what happened, and when.
  func note(_ change: (inout ExchangePace, NIODeadline) -> Void) {
    change(&pace, loop.now)
    arm()
  }

  // MARK: - What channels tell their handlers

  func read() { note { $0.resumeReading($1) } }

  func readComplete() { note { $0.pauseReading($1) } }

  func writabilityChanged() {
    guard let isWritable = context?.channel.isWritable else { return }
    note { $0.stall(!isWritable, $1) }
  }

  // MARK: - The timer

  private func arm() {
    guard context != nil, let next = pace.next else { return }
    timer.arm(next.at) { self.look() }
  }

  private func look() {
    guard let next = pace.next else { return }
    guard next.at <= loop.now else { return arm() }
    guard next.what == .body else {
      context?.close(promise: nil)
      return
    }
    breakBody?(.tooSlow)
    // The route has as long to answer as an answer may take to be read.
    note { pace, now in
      pace.requestEnded()
      pace.stall(true, now)
    }
  }
}
