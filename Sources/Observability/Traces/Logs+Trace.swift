package import Logging

extension Logs {
  /// The trace and span that a line is written under.
  package static let trace = Logger.MetadataProvider {
    guard let current = Tracer.current, current.isSampled else { return [:] }
    return [LogKey.traceID.rawValue: "\(current.trace)", LogKey.spanID.rawValue: "\(current.span)"]
  }
}
