/// What of an HTTP request is there before its body.
public struct RequestHead: Sendable, Hashable {
  public let method: String
  /// The path as it stands in the request line, such as `/sync/v1/pull`.
  public let path: String
  /// What follows the question mark; empty when there is none.
  public let query: String
  public let fields: MessageFields

  public init(method: String = "POST", path: String, query: String = "", fields: MessageFields) {
    self.method = method
    self.path = path
    self.query = query
    self.fields = fields
  }

  func value(of component: SignedComponent) throws(VerificationFailure) -> String? {
    switch component.name {
    case "@method": return method
    case "@path": return path
    case "@query": return "?\(query)"
    case "@status": return nil
    default: return try fields.single(component.name, maximumBytes: SyncProfile.maximumFieldBytes)
    }
  }
}
