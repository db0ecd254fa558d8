internal import Glibc

/// Records the spans of sampled requests. The default records nothing and costs a comparison.
package struct Tracer: Sendable {
  package static let none = Tracer(samplePercent: 0, trustsCallers: false, export: nil)

  /// The span that the current task works under.
  @TaskLocal package static var current: TraceContext?

  /// How many of a hundred requests are recorded that no trusted caller decided about.
  private let samplePercent: Int
  /// Whether a caller's `traceparent` is continued. Otherwise its trace is linked: a stranger must not write into ours, nor decide what is
  /// recorded.
  private let trustsCallers: Bool
  private let export: (@Sendable (Span) -> Void)?

  /// - Parameter export: takes finished spans; must be quick. Nil records nothing.
  package init(samplePercent: Int, trustsCallers: Bool, export: (@Sendable (Span) -> Void)?) {
    self.samplePercent = min(100, max(0, samplePercent))
    self.trustsCallers = trustsCallers
    self.export = export
  }

  package var isEnabled: Bool { export != nil }

  /// Nanoseconds since 1970.
  package static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(clamping: time.tv_sec) * 1_000_000_000 + UInt64(clamping: time.tv_nsec)
  }

  /// Where a request begins: under its caller's span, or as a new trace.
  package func begin(_ traceparent: String?) -> (context: TraceContext, parent: String?, link: TraceContext?)? {
    guard isEnabled else { return nil }
    var random = SystemRandomNumberGenerator()
    let caller = traceparent.flatMap { TraceContext($0) }
    if let caller, trustsCallers { return (caller.child(using: &random), caller.span, nil) }
    let isSampled = Int.random(in: 0..<100, using: &random) < samplePercent
    return (TraceContext.random(isSampled: isSampled, using: &random), nil, caller)
  }

  /// Runs `body` as a child of the current span, which it becomes; without a sampled current span just runs it.
  package func span<Result>(
    _ name: Span.Name, _ attributes: [(key: LogKey, value: String)] = [], _ body: () async throws -> Result
  ) async throws -> Result {
    guard isEnabled, let parent = Self.current, parent.isSampled else { return try await body() }
    var random = SystemRandomNumberGenerator()
    let context = parent.child(using: &random)
    let start = Self.now()
    do {
      let result = try await Self.$current.withValue(context) { try await body() }
      record(Span(name, context, parent: parent.span, start: start, end: Self.now(), attributes: attributes))
      return result
    } catch {
      record(
        Span(name, context, parent: parent.span, start: start, end: Self.now(), attributes: attributes, isError: true))
      throw error
    }
  }

  /// Records what took place elsewhere as a child of `parent`, and returns its context to be passed on.
  @discardableResult
  package func record(
    _ name: Span.Name, under parent: TraceContext, took duration: Duration,
    attributes: [(key: LogKey, value: String)] = []
  ) -> TraceContext {
    guard isEnabled, parent.isSampled else { return parent }
    var random = SystemRandomNumberGenerator()
    let context = parent.child(using: &random)
    let end = Self.now()
    let nanoseconds = UInt64(clamping: Int64(duration / .nanoseconds(1)))
    record(
      Span(
        name, context, parent: parent.span, start: end - min(end, nanoseconds), end: end, attributes: attributes))
    return context
  }

  package func record(_ span: Span) {
    guard span.context.isSampled else { return }
    export?(span)
  }
}
