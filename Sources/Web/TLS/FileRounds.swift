internal import ServiceLifecycle

/// Looks at files again and again until the process stops.
struct FileRounds: Sendable {
  let interval: Duration

  /// Returns at shutdown: to be stopped is no failure, and who runs this has a good-bye to say afterwards.
  func run(_ look: @escaping @Sendable () -> Void) async {
    await cancelWhenGracefulShutdown {
      while true {
        do { try await Task.sleep(for: interval) } catch { return }
        look()
      }
    }
  }
}
