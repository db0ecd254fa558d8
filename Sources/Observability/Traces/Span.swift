/// A piece of work that is over, as part of a trace.
package struct Span: Sendable, Hashable {
  /// The stations of a change, in order. A closed set.
  package enum Name: String, Sendable, Hashable, CaseIterable {
    /// An HTTP request.
    case request
    /// The transaction that wrote the change and its pointers.
    case transaction
    /// The tick that gave its entries their positions.
    case sequence
    /// The batch that carried it to one receiver.
    case deliver
    /// The transaction that applied it there.
    case apply
  }

  package let name: Name
  package let context: TraceContext
  /// The span it belongs under; nil for the first of a trace.
  package let parent: String?
  /// What caused it without being its parent: the trace of a caller that is not trusted.
  package let link: TraceContext?
  /// Nanoseconds since 1970.
  package let start: UInt64
  package let end: UInt64
  /// From closed sets, or counts. No ids of persons, no content.
  package let attributes: [(key: LogKey, value: String)]
  package let isError: Bool

  package init(
    _ name: Name, _ context: TraceContext, parent: String?, link: TraceContext? = nil, start: UInt64, end: UInt64,
    attributes: [(key: LogKey, value: String)] = [], isError: Bool = false
  ) {
    self.name = name
    self.context = context
    self.parent = parent
    self.link = link
    self.start = start
    self.end = max(start, end)
    self.attributes = attributes
    self.isError = isError
  }

  package static func == (left: Span, right: Span) -> Bool { left.name == right.name && left.context == right.context }

  package func hash(into hasher: inout Hasher) { hasher.combine(context) }
}
