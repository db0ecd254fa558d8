/// Spans as OTLP/JSON, one `resourceSpans` document a line: what OpenTelemetry's collector reads from a file (`otlpjsonfile`).
package enum SpanExport {
  /// The line of one span, with its line feed.
  package static func line(_ span: Span, service: String) -> String {
    let scope = #"{"name":"atoll"}"#
    var text = #"{"traceId":"\#(span.context.trace)","spanId":"\#(span.context.span)""#
    if let parent = span.parent { text += #","parentSpanId":"\#(parent)""# }
    text += #","name":"\#(span.name.rawValue)","kind":\#(kind(span.name))"#
    text += #","startTimeUnixNano":"\#(span.start)","endTimeUnixNano":"\#(span.end)""#
    if !span.attributes.isEmpty {
      text +=
        #","attributes":[\#(span.attributes.map { attribute($0.key.rawValue, $0.value) }.joined(separator: ","))]"#
    }
    if let link = span.link {
      text += #","links":[{"traceId":"\#(link.trace)","spanId":"\#(link.span)"}]"#
    }
    text += #","status":{"code":\#(span.isError ? 2 : 0)}}"#
    let resource = #"{"attributes":[\#(attribute("service.name", service))]}"#
    return #"{"resourceSpans":[{"resource":\#(resource),"scopeSpans":[{"scope":\#(scope),"spans":[\#(text)]}]}]}"#
      + "\n"
  }

  private static func attribute(_ key: String, _ value: String) -> String {
    #"{"key":"\#(LogLine.escaped(key))","value":{"stringValue":"\#(LogLine.escaped(value))"}}"#
  }

  /// SERVER for what answers a request, PRODUCER and CONSUMER for the ends of the stream, INTERNAL for the rest.
  private static func kind(_ name: Span.Name) -> Int {
    switch name {
    case .request: 2
    case .deliver: 4
    case .apply: 5
    case .transaction, .sequence: 1
    }
  }
}
