/// What ties an answer to its request: the request's parts that every answer signs.
public struct RequestBinding: Sendable, Hashable {
  public let method: String
  public let path: String
  public let query: String
  let contentDigest: String
  public let audience: String
  let signature: [UInt8]

  func value(of component: SignedComponent) -> String? {
    switch component {
    case .method.ofRequest: method
    case .path.ofRequest: path
    case .query.ofRequest: "?\(query)"
    case .field("content-digest").ofRequest: contentDigest
    case .field("sync-audience").ofRequest: audience
    case .requestSignature: StructuredField.Bare.bytes(signature).serialized
    default: nil
    }
  }
}

extension RequestBinding {
  /// The binding of a request that carries the fields of the profile, whether or not its signature is good: refusals are signed too.
  /// Nil when there is nothing to bind to.
  public init?(_ head: RequestHead) {
    do {
      guard let digest = try head.fields.single("content-digest", maximumBytes: SyncProfile.maximumFieldBytes),
        let audience = try head.fields.single("sync-audience", maximumBytes: SyncProfile.maximumFieldBytes),
        let text = try head.fields.single("signature", maximumBytes: SyncProfile.maximumFieldBytes),
        case .item(.bytes(let signature), []) = StructuredField(text)?[SyncProfile.label]
      else { return nil }
      self.init(
        method: head.method, path: head.path, query: head.query, contentDigest: digest, audience: audience,
        signature: signature)
    } catch {
      return nil
    }
  }
}
