internal import Logging
internal import ServiceLifecycle

/// Does something again and again until the process stops. What goes wrong is said and tried again: a database that is away comes back.
struct Rounds: Sendable {
  let pause: Duration
  /// What is logged when a pass fails.
  let complaint: Logger.Message
  let logger: Logger

  /// - Parameter pass: says whether there is more to do at once.
  func run(_ pass: @Sendable @escaping () async throws -> Bool) async {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          if try await pass() { continue }
        } catch is CancellationError {
          return
        } catch {
          logger.warning(complaint, metadata: ["error": "\(error)"])
        }
        do { try await Task.sleep(for: pause) } catch { return }
      }
    }
  }
}
