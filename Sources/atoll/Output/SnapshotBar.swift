import Outbox
import RegionAgent
import ServiceLifecycle

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Draws the progress of this region's snapshot on a terminal, as long as one is being taken.
struct SnapshotBar: Service {
  let server: RegionServer

  /// Whether somebody looks: standard error is a terminal.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var isDrawn = false
      while !Task.isCancelled {
        let progress = await current()
        if let progress {
          let line = ProgressBar.line(
            rows: progress.rows, expected: progress.expected, rate: Int64(progress.rate),
            secondsLeft: progress.secondsLeft.map { Int64($0.rounded(.up)) })
          Self.draw("\r\u{1B}[2Ksnapshot: \(line)")
        } else if isDrawn {
          Self.draw("\r\u{1B}[2Ksnapshot: complete\n")
        }
        isDrawn = progress != nil
        do { try await Task.sleep(for: .seconds(1)) } catch { return }
      }
    }
  }

  /// A database that does not answer has no progress to show; the server says what is wrong with it.
  private func current() async -> SnapshotProgress? {
    do { return try await server.snapshot() } catch { return nil }
  }

  private static func draw(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
