internal import struct FoundationEssentials.UUID
internal import Hummingbird
internal import SyncProtocol
internal import Web

extension Request {
  /// Which page the query asks for: `limit` from 1 to ``PageRequest/maximumLimit``, `after` as the last answer's `next` says.
  /// - Throws: 400 for anything else.
  func page() throws(Problem) -> PageRequest {
    var page = PageRequest()
    if let text = uri.queryParameters.get("limit") {
      guard let limit = Int(text), (1...PageRequest.maximumLimit).contains(limit) else {
        throw .badRequest("limit is a number from 1 to \(PageRequest.maximumLimit)")
      }
      page.limit = limit
    }
    if let text = uri.queryParameters.get("after") {
      guard let after = UUID(uuidString: text) else {
        throw .badRequest("after is the value of next in the last answer")
      }
      page.after = after
    }
    return page
  }
}

extension Page {
  /// `{"items": […], "next": id or null}`
  func json(_ element: (Element) -> JSONValue) -> JSONValue {
    [
      "items": .array(elements.map(element)), "next": .optional(next?.uuidString.lowercased()),
    ]
  }
}
