import Foundation
import Logging
import Synchronization
import SyncProtocol
import Testing

@testable import Observability
@testable import atoll

@Suite("Traces")
struct TraceTests {
  static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test("a traceparent is read and printed as it came")
  func parse() throws {
    let context = try #require(TraceContext(Self.good))
    #expect(context.trace == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(context.span == "00f067aa0ba902b7")
    #expect(context.isSampled && context.description == Self.good)
    #expect(TraceContext(Self.good.replacing("-01", with: "-00"))?.isSampled == false)
    // A later version: what is known of it is read.
    #expect(TraceContext("cc" + Self.good.dropFirst(2) + "-more")?.trace == context.trace)
  }

  @Test(
    "a traceparent that is not one is none",
    arguments: [
      "", "00", good + "-more", good.uppercased(), "ff" + good.dropFirst(2), "cc" + good.dropFirst(2) + "more",
      good.replacing("4bf92f3577b34da6a3ce929d0e0e4736", with: String(repeating: "0", count: 32)),
      good.replacing("00f067aa0ba902b7", with: String(repeating: "0", count: 16)), good.replacing("4bf", with: "4bg"),
      good.replacing("-00f", with: "_00f"), good + " ", " " + good,
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
      "cc" + good.dropFirst(2) + "-" + String(repeating: "x", count: 300),
    ])
  func malformed(text: String) { #expect(TraceContext(text) == nil) }

  private final class Spans: Sendable {
    private let spans = Mutex<[Span]>([])
    var all: [Span] { spans.withLock { $0 } }
    func take(_ span: Span) { spans.withLock { $0.append(span) } }
  }

  @Test("a stranger's trace is linked and does not decide what is recorded; a trusted caller's is continued")
  func trust() throws {
    let own = Tracer(samplePercent: 0, trustsCallers: false, export: { _ in })
    let begun = try #require(own.begin(Self.good))
    #expect(begun.context.trace != "4bf92f3577b34da6a3ce929d0e0e4736" && !begun.context.isSampled)
    #expect(begun.parent == nil && begun.link?.description == Self.good)
    let trusting = Tracer(samplePercent: 0, trustsCallers: true, export: { _ in })
    let continued = try #require(trusting.begin(Self.good))
    #expect(continued.context.trace == "4bf92f3577b34da6a3ce929d0e0e4736" && continued.context.isSampled)
    #expect(continued.parent == "00f067aa0ba902b7" && continued.link == nil)
    #expect(Tracer.none.begin(Self.good) == nil)
    let all = Tracer(samplePercent: 100, trustsCallers: false, export: { _ in })
    #expect(all.begin("nonsense")?.context.isSampled == true)
  }

  @Test("spans stand under the span of their task, and nothing is recorded for a request that is not sampled")
  func spans() async throws {
    let spans = Spans()
    let tracer = Tracer(samplePercent: 100, trustsCallers: false, export: { spans.take($0) })
    let root = try #require(tracer.begin(nil)?.context)
    try await Tracer.$current.withValue(root) {
      try await tracer.span(.transaction) { #expect(Tracer.current?.trace == root.trace) }
    }
    #expect(spans.all.map(\.name) == [.transaction])
    #expect(spans.all.first?.parent == root.span && spans.all.first?.context.trace == root.trace)
    let unsampled = try #require(TraceContext(Self.good.replacing("-01", with: "-00")))
    try await Tracer.$current.withValue(unsampled) { try await tracer.span(.transaction) {} }
    try await tracer.span(.transaction) {}
    #expect(spans.all.count == 1)
  }

  @Test("an exported span is one line of OTLP/JSON")
  func export() throws {
    let context = try #require(TraceContext(Self.good))
    let span = Span(
      .apply, context, parent: "1111111111111111", link: context, start: 5, end: 4, attributes: [(.lane, "ma\"in")])
    let line = SpanExport.line(span, service: "atoll.region")
    #expect(line.hasSuffix("}\n") && line.dropLast().allSatisfy { $0 != "\n" })
    let document = JSONReader(try JSONParser.parse(Array(line.utf8)))
    let resource = try document.field("resourceSpans").array(maximum: 1)[0]
    let parsed = try resource.field("scopeSpans").array(maximum: 1)[0].field("spans").array(maximum: 1)[0]
    #expect(try parsed.field("traceId").string() == context.trace)
    #expect(try parsed.field("parentSpanId").string() == "1111111111111111")
    #expect(try parsed.field("name").string() == "apply")
    // A clock that went back does not make a span of negative length.
    #expect(try parsed.field("endTimeUnixNano").string() == "5")
    let attribute = try parsed.field("attributes").array(maximum: 1)[0]
    #expect(try attribute.field("value").field("stringValue").string() == "ma\"in")
  }

  @Test("log lines written under a sampled trace carry it")
  func logs() throws {
    let lines = Mutex<[String]>([])
    let handler = LineLogHandler(label: "test", format: .json, level: .info, metadataProvider: Logs.trace) { line in
      lines.withLock { $0.append(line) }
    }
    let logger = Logger(label: "test") { _ in handler }
    let context = try #require(TraceContext(Self.good))
    Tracer.$current.withValue(context) { logger.info("inside") }
    logger.info("outside")
    let (inside, outside) = lines.withLock { ($0[0], $0[1]) }
    #expect(inside.contains(#""trace.id":"4bf92f3577b34da6a3ce929d0e0e4736""#))
    #expect(!outside.contains("trace.id"))
  }

  @Test("e-mail addresses are taken out of log values")
  func addresses() {
    #expect(Redaction.clean("key (email)=(ada.l+x@example.org) exists") == "key (email)=([address]) exists")
    #expect(Redaction.clean("a@b and @ and user@host") == "a@b and @ and user@host")
  }
}
