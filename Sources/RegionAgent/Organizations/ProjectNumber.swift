/// The number of a project as it stands in a DSN and in ingest paths: from 1 to 2^53 - 1, so that every language reads it as a number. Names nothing by
/// itself: a request is resolved by its key.
package struct ProjectNumber: Sendable, Hashable, CustomStringConvertible {
  package let value: Int64

  package init?(_ value: Int64) {
    guard (1...9_007_199_254_740_991).contains(value) else { return nil }
    self.value = value
  }

  package var description: String { String(value) }
}
