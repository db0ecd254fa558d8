import ControlPlane
import Postgres
import RegionAgent

/// What a doctor examines.
enum ExaminedSilo: String, Sendable {
  case control
  case region

  /// What its database is migrated with.
  var migrators: [Migrator] {
    switch self {
    case .control: ControlSchema.migrators
    case .region: RegionSchema.migrators
    }
  }

  /// Its schemas besides `outbox`.
  var schemas: [String] {
    switch self {
    case .control: ["control", "directory"]
    case .region: ["region", "replica"]
    }
  }

  /// The name of its witness file.
  var witness: String {
    switch self {
    case .control: "control.log.witness"
    case .region: "log.witness"
    }
  }
}
