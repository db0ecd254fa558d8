package import FoundationEssentials

/// What a right password leads to.
package enum LoginOutcome: Sendable, Hashable {
  case open(OpenedSession)
  case secondFactor(HalfLogin)
}

/// A login whose second factor is awaited.
package struct HalfLogin: Sendable, Hashable {
  /// `atlh_…`, shown once.
  package let token: String
  package let expires: Date
}
