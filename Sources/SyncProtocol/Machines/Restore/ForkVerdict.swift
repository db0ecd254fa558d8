/// What a receiver's cursors say about the start of the sender's current epoch: whether the receiver has seen more than survived.
public enum ForkVerdict: Sendable, Hashable {
  /// Everything that it holds survived: nothing that it knows is unknown here.
  case survived
  /// Its cursors cannot tell: none, below retention, at the fork itself, or beyond it by its bare word.
  case unknown
  /// Our own seal proves that it applied what this log does not have.
  case lost

  /// - Parameters:
  ///   - answer: what the sender made of the claims.
  ///   - fork: the last position that the current epoch continues from.
  public init(_ answer: SyncAnswer.Body, to claims: [CursorClaim], fork: Position) {
    switch answer {
    case .resynchronize(let start):
      let isProven = claims.contains { claim in
        guard claim.isProven, let cursor = claim.cursor else { return false }
        switch start.reason {
        case .beyondFork: return cursor.position > fork
        case .epochUnknown, .aheadOfHead, .chainMismatch: return true
        case .firstContact, .cursorGone, .malformed: return false
        }
      }
      self = isProven ? .lost : .unknown
    case .refused, .retry: self = .unknown
    default: self = claims.allSatisfy { $0.cursor != nil } ? .survived : .unknown
    }
  }
}
