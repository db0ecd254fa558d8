/// The gateway's signature over where one request goes: header fields to add to it.
///
/// The body is not covered: it streams, over a connection whose other end is verified.
public struct SignedForward: Sendable, Hashable {
  /// `sync-audience`, `atoll-forward`, `signature-input` and `signature`.
  public let fields: MessageFields

  /// - Parameters:
  ///   - path: as it stands in the request line.
  ///   - query: what follows the question mark there; empty when there is none.
  ///   - audience: the receiving region's number.
  ///   - key: of purpose `forward`.
  ///   - created: seconds since 1970.
  ///   - nonce: never used before with this key.
  /// - Throws: ``VerificationFailure`` for a path or query that no verifier would take.
  public init(
    method: String, path: String, query: String, audience: String, routing: ForwardRouting, key: SigningKey,
    created: Int64, nonce: Nonce
  ) throws {
    try ReceivedForward.checkTarget(path: path, query: query)
    let routing = routing.fieldValue
    let parameters =
      "(\"@method\" \"@path\" \"@query\" \"sync-audience\" \"atoll-forward\");created=\(created)"
      + ";expires=\(created + SyncProfile.lifetimeSeconds);nonce=\"\(nonce.text)\";keyid=\"\(key.keyid)\""
      + ";tag=\"forward-v1\""
    // The text of RFC 9421 §2.5, written out: a gateway makes one for every request.
    let base =
      "\"@method\": \(method)\n\"@path\": \(path)\n\"@query\": ?\(query)\n\"sync-audience\": \(audience)\n"
      + "\"atoll-forward\": \(routing)\n\"@signature-params\": \(parameters)"
    let signature = Base64.encode(try key.signature(for: Array(base.utf8)), .standard)
    fields = MessageFields([
      (ForwardProfile.audienceField, audience), (ForwardProfile.routingField, routing),
      ("signature-input", "forward=\(parameters)"), ("signature", "forward=:\(signature):"),
    ])
  }
}
