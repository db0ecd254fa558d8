package import Logging

/// Writes each event as one line, JSON or text, to a sink (standard error in production).
package struct LineLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  package var logLevel: Logger.Level

  private let label: String
  private let format: LogFormat
  private let write: @Sendable (String) -> Void

  package init(
    label: String, format: LogFormat, level: Logger.Level, metadataProvider: Logger.MetadataProvider? = nil,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.label = label
    self.format = format
    self.logLevel = level
    self.metadataProvider = metadataProvider
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var merged = metadataProvider?.get() ?? [:]
    merged.merge(metadata) { _, own in own }
    if let given = event.metadata { merged.merge(given) { _, own in own } }
    var fields = merged.map { (key: $0.key, value: Redaction.clean("\($0.value)")) }
    if let error = event.error {
      fields.append((key: LogKey.error.rawValue, value: Redaction.clean("\(type(of: error)): \(error)")))
    }
    fields.sort { $0.key < $1.key }
    let line = LogLine(
      time: .now(), level: event.level.rawValue, label: label, message: Redaction.clean("\(event.message)"),
      fields: fields)
    write(format == .json ? line.json : line.text)
  }
}
