/// A W3C trace context, version 00: which trace and which span of it, and whether it is recorded (https://www.w3.org/TR/trace-context/).
package struct TraceContext: Sendable, Hashable, CustomStringConvertible {
  /// 32 lower-case hexadecimal digits, not all zero.
  package let trace: String
  /// 16 lower-case hexadecimal digits, not all zero.
  package let span: String
  package let isSampled: Bool

  private init(_ trace: String, _ span: String, _ isSampled: Bool) {
    self.trace = trace
    self.span = span
    self.isSampled = isSampled
  }

  /// Strictly one `traceparent`: `00-<trace>-<span>-<flags>`. Of a later version the first 55 characters are read, as the recommendation asks;
  /// version `ff`, upper case and zero ids are refused.
  package init?(_ traceparent: String) {
    let bytes = Array(traceparent.utf8.prefix(257))
    guard bytes.count >= 55, bytes.count <= 256, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D else {
      return nil
    }
    let version = bytes[0..<2]
    guard version.allSatisfy(Self.isHexadecimal), version != [0x66, 0x66] else { return nil }
    guard bytes.count == 55 || (version != [0x30, 0x30] && bytes[55] == 0x2D) else { return nil }
    let (trace, span, flags) = (bytes[3..<35], bytes[36..<52], bytes[53..<55])
    guard (trace + span + flags).allSatisfy(Self.isHexadecimal), !trace.allSatisfy({ $0 == 0x30 }),
      !span.allSatisfy({ $0 == 0x30 }), let flag = UInt8(String(decoding: flags, as: UTF8.self), radix: 16)
    else { return nil }
    self.init(String(decoding: trace, as: UTF8.self), String(decoding: span, as: UTF8.self), flag & 1 == 1)
  }

  /// A new trace.
  package static func random(isSampled: Bool, using generator: inout some RandomNumberGenerator) -> TraceContext {
    let high = UInt64.random(in: 1 ... .max, using: &generator)
    let low = UInt64.random(in: .min ... .max, using: &generator)
    return TraceContext(
      digits(high) + digits(low), digits(UInt64.random(in: 1 ... .max, using: &generator)), isSampled)
  }

  /// A new span of the same trace.
  package func child(using generator: inout some RandomNumberGenerator) -> TraceContext {
    TraceContext(trace, Self.digits(UInt64.random(in: 1 ... .max, using: &generator)), isSampled)
  }

  /// The form of the header.
  package var description: String { "00-\(trace)-\(span)-\(isSampled ? "01" : "00")" }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static func digits(_ value: UInt64) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
