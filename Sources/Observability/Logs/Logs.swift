internal import Glibc
package import Logging

/// The process's logging, set up once by the command line before anything else runs.
package enum Logs {
  /// Sends every logger's lines to standard error. Standard output stays a command's result.
  package static func bootstrap(format: LogFormat, level: Logger.Level, process: String) {
    LoggingSystem.bootstrap { label in
      var handler = LineLogHandler(
        label: label, format: format, level: level, metadataProvider: trace, write: writeToStandardError)
      handler[metadataKey: LogKey.process.rawValue] = "\(process)"
      return handler
    }
  }

  /// One `write(2)` per line: lines of several threads do not mix, and a closed pipe loses lines rather than the process.
  @Sendable private static func writeToStandardError(_ line: String) {
    var line = line
    line.withUTF8 { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = write(STDERR_FILENO, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
        if count > 0 { sent += count } else if errno != EINTR { return }
      }
    }
  }
}

extension Logger {
  /// Adds metadata under one of the closed set of keys.
  package subscript(_ key: LogKey) -> String? {
    get { self[metadataKey: key.rawValue].map { "\($0)" } }
    set { self[metadataKey: key.rawValue] = newValue.map { .string($0) } }
  }
}
