internal import HTTPTypes

/// A region did not take a request because of how it was routed. Nothing was done, so it may be sent again, to the right place.
enum RoutingRefusal: Error, Sendable, Hashable {
  /// The organization is not there, or no longer: the map is old.
  case staleHome
  /// The signature of the routing was not accepted: a clock or a key is wrong.
  case refused(code: String)

  /// - Throws: the refusal that an answer 421 states; returns for the application's own 421.
  static func check(_ head: HTTPResponse) throws(RoutingRefusal) {
    if let code = head.headerFields[.forwardRefused] {
      throw .refused(code: String(code.prefix(64).filter { $0.isASCII && ($0.isLetter || $0 == "_") }))
    }
    if head.headerFields[.atollHome] != nil { throw .staleHome }
  }
}
