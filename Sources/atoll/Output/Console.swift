import Glibc
import SyncProtocol

/// Standard output and standard error of a command. Results go to the first, errors to the second.
enum Console {
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  static func print(_ result: CommandResult, json: Bool) {
    if json {
      line(String(decoding: JSONWriter.write(result.json), as: UTF8.self))
    } else {
      for text in result.lines { line(text) }
    }
  }

  static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

  static func raw(_ text: String) { write(text, to: STDOUT_FILENO) }

  static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  /// One line; as an object with `--json`.
  static func fail(_ failure: CommandFailure, json: Bool) {
    if json {
      let document: JSONValue = [
        "error": [
          "code": .string(failure.code.name), "message": .string(failure.message), "advice": .string(failure.advice),
        ]
      ]
      note(String(decoding: JSONWriter.write(document), as: UTF8.self))
    } else {
      note("atoll: \(failure)")
    }
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
        if count > 0 { sent += count } else if errno != EINTR { return }
      }
    }
  }
}
