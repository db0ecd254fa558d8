/// The parameters that a profile allows, all of them required.
struct SignatureParameters: Sendable, Hashable {
  let created: Int64
  let expires: Int64
  let nonce: String
  let keyid: String
  private let tag: String

  /// - Throws: `parameter_refused` for a parameter that is missing, foreign (`alg` too) or out of its bounds; `tag_mismatch`.
  init(
    _ parameters: [StructuredField.Parameter], profile: SignatureProfile = .sync
  ) throws(VerificationFailure) {
    var values: [String: StructuredField.Bare] = [:]
    for parameter in parameters { values[parameter.key] = parameter.value }
    let allowed: Set = ["created", "expires", "nonce", "keyid", "tag"]
    for parameter in parameters where !allowed.contains(parameter.key) {
      throw VerificationFailure(.parameterRefused, "a parameter is not of the profile")
    }
    guard case .string(let tag) = values["tag"], tag == profile.tag else {
      throw VerificationFailure(.tagMismatch, "the tag is not \(profile.tag)")
    }
    guard case .integer(let created) = values["created"], case .integer(let expires) = values["expires"], created >= 0,
      expires - created == SyncProfile.lifetimeSeconds
    else { throw VerificationFailure(.parameterRefused, "expires is not created + \(SyncProfile.lifetimeSeconds)") }
    guard case .string(let nonce) = values["nonce"], SyncProfile.nonceLength.contains(nonce.utf8.count),
      nonce.utf8.allSatisfy(Self.isURLByte)
    else { throw VerificationFailure(.parameterRefused, "the nonce is not base64url of 64 bits at least") }
    guard case .string(let keyid) = values["keyid"], keyid.utf8.count == 43, keyid.utf8.allSatisfy(Self.isURLByte)
    else {
      throw VerificationFailure(.parameterRefused, "keyid is not a thumbprint")
    }
    self.created = created
    self.expires = expires
    self.nonce = nonce
    self.keyid = keyid
    self.tag = tag
  }

  init(created: Int64, nonce: String, keyid: String, profile: SignatureProfile = .sync) {
    self.created = created
    expires = created + SyncProfile.lifetimeSeconds
    self.nonce = nonce
    self.keyid = keyid
    tag = profile.tag
  }

  /// In the order in which this implementation writes them.
  var parameters: [StructuredField.Parameter] {
    [
      StructuredField.Parameter(key: "created", value: .integer(created)),
      StructuredField.Parameter(key: "expires", value: .integer(expires)),
      StructuredField.Parameter(key: "nonce", value: .string(nonce)),
      StructuredField.Parameter(key: "keyid", value: .string(keyid)),
      StructuredField.Parameter(key: "tag", value: .string(tag)),
    ]
  }

  static func isURLByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }
}
