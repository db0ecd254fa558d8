internal import FoundationEssentials

/// The wall clock, read where processes start and handed down as a value, so that tests can stop it.
package struct WallClock: Sendable {
  /// Whole seconds since 1970.
  package let seconds: @Sendable () -> Int64

  package init(seconds: @escaping @Sendable () -> Int64) { self.seconds = seconds }

  package static let system = WallClock { Int64(Date().timeIntervalSince1970) }
}
