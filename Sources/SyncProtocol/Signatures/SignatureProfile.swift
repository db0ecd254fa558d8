/// What tells one profile's signatures from another's: a signature made for one is never taken for the other.
struct SignatureProfile: Sendable, Hashable {
  let label: String
  let tag: String

  static let sync = SignatureProfile(label: SyncProfile.label, tag: SyncProfile.tag)
  static let forward = SignatureProfile(label: ForwardProfile.label, tag: ForwardProfile.tag)
}
