/// W3C `traceparent`s that travel beside a batch: which requests its rows come from. Optional and of no consequence: not sealed, ignored by whoever
/// does not know it, and one that is malformed is left out instead of refusing a message.
public enum TraceList {
  /// Read and written at most.
  public static let limit = 16

  static func read(_ reader: JSONReader?) -> [String] {
    guard let reader, case .array(let values) = reader.value else { return [] }
    return values.prefix(limit).compactMap { value in
      guard case .string(let text) = value, text.utf8.count == 55, text.utf8.allSatisfy({ (0x2D...0x66).contains($0) })
      else { return nil }
      return text
    }
  }

  static func write(_ traces: [String], into object: inout JSONObject) {
    guard !traces.isEmpty else { return }
    object["traces"] = .array(traces.prefix(limit).map { .string($0) })
  }
}
