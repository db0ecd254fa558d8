import Glibc
import Observability
import Synchronization

/// A file of spans, one OTLP/JSON document a line. Bounded: a forgotten setting must not fill a disk.
final class TraceFile: Sendable {
  /// Bytes after which nothing more is written until the process starts anew with another file.
  static let maximumBytes = 256 << 20

  private let descriptor: Int32
  private let service: String
  private let written: Mutex<Int>

  /// - Throws: ``CommandFailure`` when the file cannot be opened for appending.
  init(path: String, service: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CommandFailure(
        .cannotCreate, "\(path): \(String(cString: strerror(errno)))",
        advice: "choose another \(Setting.traceFile.flag)")
    }
    self.service = service
    written = Mutex(Int(max(0, lseek(descriptor, 0, SEEK_END))))
  }

  deinit { close(descriptor) }

  func append(_ span: Span) {
    var line = SpanExport.line(span, service: service)
    let count = line.utf8.count
    let fits = written.withLock { written in
      guard written + count <= Self.maximumBytes else { return false }
      written += count
      return true
    }
    guard fits else { return }
    // One write: lines of several threads do not mix. A span that cannot be written is lost, never the work it tells of.
    line.withUTF8 { bytes in _ = write(descriptor, bytes.baseAddress, bytes.count) }
  }
}

extension Settings {
  /// The tracer that the settings ask for; none without a file.
  func tracer(service: String) throws -> Tracer {
    guard let path = string(.traceFile) else { return .none }
    let file = try TraceFile(path: path, service: service)
    return Tracer(
      samplePercent: try integer(.traceSample, default: 1, in: 0...100), trustsCallers: try bool(.traceTrust),
      export: { file.append($0) })
  }
}
