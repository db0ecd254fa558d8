/// What a verifier knows about the key that a message names.
public struct KnownKey: Sendable, Hashable {
  public enum State: String, Sendable, Hashable {
    case active
    /// Announced, not signing yet: refused.
    case next
    /// Replaced in good order: refused.
    case retired
    /// Taken back: refused, and the owner is told so.
    case revoked
  }

  public let key: VerificationKey
  public let purpose: KeyPurpose
  public let state: State

  public init(key: VerificationKey, purpose: KeyPurpose, state: State = .active) {
    self.key = key
    self.purpose = purpose
    self.state = state
  }
}
