/// How much of a person's projection may leave control for a region.
public enum ResidencyTier: String, Sendable, Hashable, CaseIterable {
  /// Name and e-mail address.
  case full
  /// The name, no address.
  case name
  /// Only the id: pseudonymous.
  case minimal

  public var includesName: Bool { self != .minimal }
  public var includesEmail: Bool { self == .full }
}
