/// What of an HTTP response is there before its body.
public struct ResponseHead: Sendable, Hashable {
  public let status: Int
  public let fields: MessageFields

  public init(status: Int, fields: MessageFields) {
    self.status = status
    self.fields = fields
  }

  func value(of component: SignedComponent) throws(VerificationFailure) -> String? {
    switch component.name {
    case "@status": return String(status)
    case "@method", "@path", "@query": return nil
    default: return try fields.single(component.name, maximumBytes: SyncProfile.maximumFieldBytes)
    }
  }
}
