/// How a log line looks: `json` for machines, `text` for a person at a terminal.
package enum LogFormat: String, Sendable, CaseIterable {
  case json
  case text
}
