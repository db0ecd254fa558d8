internal import FoundationEssentials

/// Moments as pages show them: without scripts nobody knows the reader's time zone, so it is UTC and says so.
enum PageDate {
  /// `2026-11-23 02:35 UTC`.
  static func text(_ date: Date) -> String {
    "\(date.formatted(.iso8601.year().month().day())) \(String(date.formatted(.iso8601.time(includingFractionalSeconds: false)).prefix(5))) UTC"
  }

  /// `2026-11-23`.
  static func day(_ date: Date) -> String { date.formatted(.iso8601.year().month().day()) }
}
