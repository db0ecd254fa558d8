import Glibc
import ServiceLifecycle

/// Ends when standard input does: a child of `atoll dev` stops when its parent is gone, however the parent went.
struct StandardInputEnd: Service {
  static let pollInterval: Duration = .milliseconds(200)

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      while !Self.isClosed() { try await Task.sleep(for: Self.pollInterval) }
    }
  }

  /// Looks without waiting.
  private static func isClosed() -> Bool {
    var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    return poll(&descriptor, 1, 0) > 0 && descriptor.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
  }
}
