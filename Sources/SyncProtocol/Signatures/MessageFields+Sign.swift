extension MessageFields {
  /// Adds `signature-input` and `signature` over `coverage`.
  mutating func sign(
    _ coverage: [SignedComponent], profile: SignatureProfile = .sync, key: SigningKey, created: Int64, nonce: Nonce,
    value: (SignedComponent) throws(VerificationFailure) -> String?
  ) throws {
    let items = coverage.map(\.item)
    let parameters = SignatureParameters(
      created: created, nonce: nonce.text, keyid: key.keyid, profile: profile
    ).parameters
    let base = try SignatureBase.text(items: items, components: coverage, parameters: parameters, value: value)
    let signature = StructuredField.Bare.bytes(try key.signature(for: Array(base.utf8)))
    append("signature-input", "\(profile.label)=\(StructuredField.serialize(items, parameters))")
    append("signature", "\(profile.label)=\(signature.serialized)")
  }
}
