/// The path of a request that clients send data with: `/api/<project number>/<what>/…`, such as `/api/4509273102/envelope/`. `/api/0/` is none: that is
/// the API for people.
package struct IngestPath: Sendable, Hashable {
  /// The largest project number: what every language reads as a number (2^53 - 1).
  private static let largest: Int64 = 9_007_199_254_740_991

  /// What stands for the project. Nothing is found by it: whose data it is says the key.
  package let project: Int64

  /// - Parameter path: as it stands in the request line, without the query.
  package init?(_ path: some StringProtocol) {
    guard path.utf8.starts(with: "/api/".utf8), !path.utf8.starts(with: "/api/0".utf8) else { return nil }
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0].isEmpty, parts[1].elementsEqual("api".utf8), !parts[3].isEmpty,
      (1...16).contains(parts[2].count), parts[2].allSatisfy({ (0x30...0x39).contains($0) }),
      parts[2].first != 0x30, let number = Int64(String(decoding: parts[2], as: UTF8.self)), number <= Self.largest
    else { return nil }
    project = number
  }
}
