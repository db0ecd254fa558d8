/// How old this region's knowledge of control's rows is.
package struct KnowledgeAge: Sendable {
  /// Seconds by which clocks may differ.
  package static let tolerance = 120.0

  private let measure: @Sendable (_ completeAsOf: Int64?) -> Double?

  /// - Parameter measure: seconds from the moment (microseconds since 1970 by control's clock) up to which the database knows everything; nil when it is
  ///   not known.
  package init(_ measure: @escaping @Sendable (_ completeAsOf: Int64?) -> Double?) { self.measure = measure }

  package func callAsFunction(_ completeAsOf: Int64?) -> Double? { measure(completeAsOf) }

  /// By this machine's clock alone. A moment in the future, beyond what clocks may differ, is no knowledge: somebody set a clock.
  ///
  /// - Parameter now: seconds since 1970.
  package static func byClock(_ now: @escaping @Sendable () -> Int64) -> KnowledgeAge {
    KnowledgeAge { completeAsOf in
      guard let completeAsOf, completeAsOf > 0 else { return nil }
      let age = Double(now()) - Double(completeAsOf) / 1_000_000
      return age < -tolerance ? nil : max(0, age)
    }
  }
}
