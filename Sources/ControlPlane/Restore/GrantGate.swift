internal import Outbox
internal import Silo
internal import SyncProtocol

/// Asks, in the transaction that would grant something, whether control may grant.
enum GrantGate {
  /// What would be granted.
  enum Grant {
    /// A slug, an organization, a region: somebody else may have it already.
    case scarce
    /// A membership of a region's organization.
    case membership(RegionNumber)
    /// A token for a region. Goes on while nothing is known to be lost.
    case token(RegionNumber)
  }

  /// - Throws: ``ControlError/Code/reconciling``, which names the state and who is awaited.
  static func require(_ grant: Grant, on control: ControlConnection) async throws {
    let (phase, isForeign) = try await ReconcileStore.phase(on: control)
    if phase == .normal {
      // The database is not the one that the log knows: its new epoch begins in a moment, and decides.
      if isForeign { throw ControlError(.reconciling, "The database has changed; control looks what that means.") }
      return
    }
    let (state, _) = try await ReconcileStore.load(locking: false, on: control)
    let isOpen =
      switch grant {
      case .scarce: state.mayGrant
      case .membership(let region): state.mayGrant(at: region.silo)
      case .token(let region): phase == .verifying || state.mayGrant(at: region.silo)
      }
    guard !isOpen else { return }
    let awaited = try await ReconcileStore.lines(on: control).filter { $0.standing == .awaited }
    let names = awaited.prefix(5).map(\.region.text).joined(separator: ", ")
    let more = awaited.count > 5 ? " and \(awaited.count - 5) more" : ""
    throw ControlError(
      .reconciling,
      "Control is \(phase.rawValue) after its database changed and waits for: \(names)\(more).")
  }
}
