package import SyncProtocol

/// What a look at a silo's database shows, without any judgement: `atoll doctor` judges.
package struct DatabaseFacts: Sendable {
  /// Something that holds old rows and the floor of the pending table back.
  package struct Session: Sendable, Hashable {
    /// `idle in transaction`, `active`, …; nil when this login may not see it.
    package var state: String?
    /// Since its transaction began.
    package var seconds: Double
  }

  package struct Slot: Sendable, Hashable {
    package var name: String
    package var isActive: Bool
    /// WAL that is kept for it; nil when it holds none.
    package var retainedBytes: Int64?
  }

  package struct Refused: Sendable, Hashable {
    package var code: String
    package var count: Int64
    /// A row that a receiver reported, not one of this silo's quarantine.
    package var isReported: Bool
  }

  package struct Receiver: Sendable, Hashable {
    package var silo: SiloNumber
    package var lane: String
    /// Entries behind the head, whomever they concern.
    package var rows: Int64
  }

  /// `server_version_num`.
  package var version = 0
  package var user = ""
  package var isSuperuser = false
  /// Whether the login may do what the owner of the schemas may.
  package var isOwner = false
  /// Whether the login sees other logins' sessions.
  package var seesSessions = true
  /// The settings that matter, by name, as this session has them.
  package var settings: [String: String] = [:]
  package var connectionsUsed: Int64 = 0
  /// Database clock minus this machine's, in seconds, at the middle of the round trip.
  package var clockDifference = 0.0
  /// The group roles of the silo that do not exist.
  package var missingRoles: [String] = []
  /// Rights that the server needs and this login lacks, such as `SELECT outbox.sequencer`.
  package var missingRights: [String] = []
  /// What the application's role may do and must not, such as `SELECT control.password`.
  package var wideRights: [String] = []
  /// SECURITY DEFINER functions of Atoll's schemas without a pinned search_path.
  package var unpinned: [String] = []
  package var sessions: [Session] = []
  /// Ages of prepared transactions in seconds.
  package var prepared: [Double] = []
  package var slots: [Slot] = []
  package var log: LagStore.Log?
  /// The sequencer's fence at the beginning of the look and at its end.
  package var fences: (first: Int64, second: Int64) = (0, 0)
  /// Whether the backend of the leader in the row is there.
  package var leaderIsAlive = true
  package var receivers: [Receiver] = []
  package var applied: [LagStore.Applied] = []
  package var refused: [Refused] = []
  package var deadWebhooks: Int64 = 0
  /// Rows that were found to differ from their source and are not equal again.
  package var openIncidents: Int64 = 0
  /// Whether system identifier, database and timeline are those with which the epoch began; nil before the first one.
  package var isSameDatabase: Bool?
  /// Whether the log lies before what the witness file saw.
  package var witnessDisagrees = false

  package init() {}
}
