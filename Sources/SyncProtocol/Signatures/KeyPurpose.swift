/// What a key may sign. A key has one purpose for its whole life and is refused for every other.
public enum KeyPurpose: String, Sendable, Hashable, CaseIterable {
  /// A region's agent: requests of sync-v1.
  case agent
  /// Control: answers of sync-v1.
  case control
  /// Seals of batches, by control and by each region.
  case stream
  /// The gateway's routing to a region.
  case forward
  /// Manifests: the primary root.
  case root
  /// The root that is kept apart and signs only when the primary is lost.
  case recovery
}
