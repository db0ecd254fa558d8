import Logging
import Synchronization

/// Everything that is logged, at every level and before anything is redacted.
final class KeptLog: Sendable {
  private let lines = Mutex<[String]>([])

  var text: String { lines.withLock { $0.joined(separator: "\n") } }

  var logger: Logger { Logger(label: "test.kept") { _ in Handler(log: self) } }

  private struct Handler: LogHandler {
    let log: KeptLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let error = event.error.map { "\($0)" } ?? ""
      log.lines.withLock { $0.append("\(event.message) \(metadata) \(event.metadata ?? [:]) \(error)") }
    }
  }
}
