internal import NIOCore

/// One timer of a connection. Setting it later costs nothing: it looks again when it fires.
final class LazyTimer {
  private let loop: any EventLoop
  private var armed: (at: NIODeadline, task: Scheduled<Void>)?

  init(on loop: any EventLoop) { self.loop = loop }

  /// Sees to it that `look` is called at `deadline` or before.
  func arm(_ deadline: NIODeadline, _ look: @escaping () -> Void) {
    if let armed, armed.at <= deadline { return }
    armed?.task.cancel()
    let task = loop.assumeIsolated().scheduleTask(deadline: deadline) {
      self.armed = nil
      look()
    }
    armed = (deadline, task)
  }

  func cancel() {
    armed?.task.cancel()
    armed = nil
  }
}
