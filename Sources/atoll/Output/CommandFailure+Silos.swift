import ControlPlane
import RegionAgent
import Silo

extension CommandFailure {
  /// What a region's agent says already says what to do; only the exit code is added, and the code's name as a hint for the guide.
  init(_ error: RegionError) {
    let code: Code =
      switch error.code {
      case .controlUnreachable, .noRandomness: .unavailable
      case .badPin, .badURL, .badToken: .usage
      case .wrongPin, .manifestExpired, .developmentRefused, .tokenInvalid, .tokenUsed, .keyRefused, .refused:
        .permission
      case .manifestMalformed, .fileDamaged: .data
      case .fileUnwritable: .cannotCreate
      case .alreadyJoined, .notJoined, .regionMismatch, .fileUnreadable: .configuration
      }
    self.init(code, error.description, advice: "see docs/operations.md (\(error.code.rawValue))")
  }

  init(_ error: ControlError) {
    let isMissing = error.code == .notInitialized
    self.init(
      .configuration, isMissing ? "this database is no control plane yet" : "\(error)",
      advice: isMissing ? "run atoll migrate control, then atoll control init" : "see docs/operations.md")
  }

  init(_ error: SealingError) {
    self.init(.configuration, "\(error)", advice: "give the data directory that belongs to this database")
  }
}
