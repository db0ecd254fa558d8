/// The parsed `Signature-Input` and `Signature` members of one label: what a signature claims, before anything is believed.
struct SignatureInput: Sendable, Hashable {
  let items: [StructuredField.Item]
  let components: [SignedComponent]
  let parameters: [StructuredField.Parameter]
  let created: Int64
  let expires: Int64
  let nonce: String
  let keyid: String
  let signature: [UInt8]

  /// Parses both fields and checks the parameters: the verifier's steps "parse" and "parameter allow-list and tag".
  init(
    fields: MessageFields, profile: SignatureProfile = .sync
  ) throws(VerificationFailure) {
    guard let input = try fields.single("signature-input", maximumBytes: SyncProfile.maximumFieldBytes),
      let signatures = try fields.single("signature", maximumBytes: SyncProfile.maximumFieldBytes)
    else { throw VerificationFailure(.signatureMissing, "a signature field is missing") }
    guard let input = StructuredField(input), let signatures = StructuredField(signatures) else {
      throw VerificationFailure(.parameterRefused, "a signature field is not a structured dictionary")
    }
    guard let description = input[profile.label], let value = signatures[profile.label] else {
      throw VerificationFailure(.signatureMissing, "no signature has the label \(profile.label)")
    }
    guard case .innerList(let items, let parameters) = description, case .item(.bytes(let signature), []) = value else {
      throw VerificationFailure(.parameterRefused, "the signature is not an inner list and a byte sequence")
    }
    let components = items.compactMap(SignedComponent.init)
    guard components.count == items.count, items.count <= SyncProfile.maximumComponents,
      Set(components).count == components.count
    else { throw VerificationFailure(.parameterRefused, "a covered component is unknown or repeated") }
    self.items = items
    self.components = components
    self.parameters = parameters
    self.signature = signature
    let values = try SignatureParameters(parameters, profile: profile)
    created = values.created
    expires = values.expires
    nonce = values.nonce
    keyid = values.keyid
  }

  /// The value of `@signature-params` (RFC 9421 §2.3).
  var serializedParameters: String { StructuredField.serialize(items, parameters) }

  func requireCoverage(of required: [SignedComponent]) throws(VerificationFailure) {
    for component in required where !components.contains(component) {
      throw VerificationFailure(
        .coverageMissing, "\(component.name)\(component.isOfRequest ? ";req" : "") is not signed")
    }
  }

  /// Messages may be a little early and, with the tolerance, late. Both times have 15 digits at most, so the sums fit.
  func requireTime(now: Int64) throws(VerificationFailure) {
    guard created - SyncProfile.toleranceSeconds <= now else {
      throw VerificationFailure(.clockSkew, "created is in the future")
    }
    guard expires + SyncProfile.toleranceSeconds >= now else {
      throw VerificationFailure(.expired, "expires is in the past")
    }
  }
}
