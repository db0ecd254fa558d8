/// What `atoll doctor` can find. The names are stable: scripts and alerts may hold on to them. Each has a page in `docs/doctor/`.
enum DoctorCode: String, Sendable, Hashable, CaseIterable {
  case databaseUnreachable = "DATABASE_UNREACHABLE"
  case databaseTooOld = "DATABASE_TOO_OLD"
  case schemaNewer = "SCHEMA_NEWER"
  case schemaBehind = "SCHEMA_BEHIND"
  case schemaChanged = "SCHEMA_CHANGED"
  case roleMissing = "ROLE_MISSING"
  case rightsMissing = "RIGHTS_MISSING"
  case rightsTooWide = "RIGHTS_TOO_WIDE"
  case loginTooMighty = "LOGIN_TOO_MIGHTY"
  case rightsLimitedView = "RIGHTS_LIMITED_VIEW"
  case durabilityOff = "DURABILITY_OFF"
  case walLevelMinimal = "WAL_LEVEL_MINIMAL"
  case connectionsShort = "CONNECTIONS_SHORT"
  case searchPathUnpinned = "SEARCH_PATH_UNPINNED"
  case statementTimeoutShort = "STATEMENT_TIMEOUT_SHORT"
  case diskNearlyFull = "DISK_NEARLY_FULL"
  case snapshotHeld = "SNAPSHOT_HELD"
  case idleInTransaction = "IDLE_IN_TRANSACTION"
  case preparedTransaction = "PREPARED_TRANSACTION"
  case pendingBacklog = "PENDING_BACKLOG"
  case sequencerMissing = "SEQUENCER_MISSING"
  case sequencerStale = "SEQUENCER_STALE"
  case sequencerFlapping = "SEQUENCER_FLAPPING"
  case retentionNear = "RETENTION_NEAR"
  case slotInactive = "SLOT_INACTIVE"
  case rowsQuarantined = "ROWS_QUARANTINED"
  case webhooksDead = "WEBHOOKS_DEAD"
  case epochMismatch = "EPOCH_MISMATCH"
  case witnessMismatch = "WITNESS_MISMATCH"
  case manifestMissing = "MANIFEST_MISSING"
  case manifestExpiring = "MANIFEST_EXPIRING"
  case manifestExpired = "MANIFEST_EXPIRED"
  case manifestDevelopment = "MANIFEST_DEVELOPMENT"
  case signingKeyUnannounced = "SIGNING_KEY_UNANNOUNCED"
  case secretFileMissing = "SECRET_FILE_MISSING"
  case secretFileOpen = "SECRET_FILE_OPEN"
  case rootKeyOnServer = "ROOT_KEY_ON_SERVER"
  case clockSkewDatabase = "CLOCK_SKEW_DATABASE"
  case clockSkewPeer = "CLOCK_SKEW_PEER"
  case controlNameUnknown = "CONTROL_NAME_UNKNOWN"
  case controlUnreachable = "CONTROL_UNREACHABLE"
  case controlNotTrusted = "CONTROL_NOT_TRUSTED"
  case controlRefuses = "CONTROL_REFUSES"
  case notJoined = "NOT_JOINED"
  case identityDamaged = "IDENTITY_DAMAGED"
  case regionJoining = "REGION_JOINING"
  case regionDegraded = "REGION_DEGRADED"
  case regionStalled = "REGION_STALLED"
  case regionNeedsSnapshot = "REGION_NEEDS_SNAPSHOT"
  case regionRevoked = "REGION_REVOKED"
  case urlUnreachable = "URL_UNREACHABLE"
  case settingInvalid = "SETTING_INVALID"

  /// How bad it is unless the finding knows better.
  var severity: Finding.Severity {
    switch self {
    case .rightsLimitedView, .regionJoining, .regionRevoked:
      .note
    case .loginTooMighty, .walLevelMinimal, .connectionsShort, .statementTimeoutShort, .snapshotHeld,
      .idleInTransaction, .preparedTransaction, .retentionNear, .slotInactive, .rowsQuarantined, .webhooksDead,
      .epochMismatch, .witnessMismatch, .manifestExpiring, .manifestDevelopment, .clockSkewDatabase,
      .controlRefuses, .regionDegraded, .regionNeedsSnapshot, .urlUnreachable:
      .warning
    default: .error
    }
  }

  /// The way out, one line without a full stop.
  var mend: String {
    switch self {
    case .databaseUnreachable: "start PostgreSQL, or correct the connection string"
    case .databaseTooOld: "move the database to PostgreSQL 14 or newer"
    case .schemaNewer: "run a program at least as new as the database"
    case .schemaBehind: "run atoll migrate as the owner"
    case .schemaChanged: "restore the schema, or run the program that made it"
    case .roleMissing: "run atoll migrate as an owner with CREATEROLE"
    case .rightsMissing: "grant the silo's service role to the login"
    case .rightsTooWide: "revoke what was granted beside the migrations"
    case .loginTooMighty: "give the server a login that is a member of the service role only"
    case .rightsLimitedView: "grant pg_read_all_stats to the login to have transactions of other logins checked"
    case .durabilityOff: "turn fsync and full_page_writes on and restart PostgreSQL"
    case .walLevelMinimal: "set wal_level to replica or logical and restart PostgreSQL"
    case .connectionsShort: "raise max_connections, or lower pool.size"
    case .searchPathUnpinned: "run ALTER FUNCTION … SET search_path"
    case .statementTimeoutShort: "raise statement_timeout for the silo's login"
    case .diskNearlyFull: "make room or enlarge the disk"
    case .snapshotHeld: "end the transaction"
    case .idleInTransaction: "end the session, and set idle_in_transaction_session_timeout"
    case .preparedTransaction: "commit or roll back the prepared transaction"
    case .pendingBacklog: "find out why the sequencer does not keep up"
    case .sequencerMissing: "start the silo's server"
    case .sequencerStale: "start the silo's server, or see its log"
    case .sequencerFlapping: "find out why processes take the lead from each other"
    case .retentionNear: "bring the receiver back, or revoke it"
    case .slotInactive: "drop the slot, or start its consumer"
    case .rowsQuarantined: "see the code of the rows"
    case .webhooksDead: "mend the application's endpoint, then atoll webhook replay"
    case .epochMismatch: "start the silo's server: it begins a new epoch"
    case .witnessMismatch: "start the silo's server: it begins a new epoch"
    case .manifestMissing: "run atoll control init"
    case .manifestExpiring: "sign a new manifest with a root key"
    case .manifestExpired: "sign a new manifest with a root key"
    case .manifestDevelopment: "run control init without --development on a new database"
    case .signingKeyUnannounced: "restart control; sign a manifest that names the key"
    case .secretFileMissing: "restore the data directory from its backup"
    case .secretFileOpen: "run chmod 600 on the file, and chown it to the server's user"
    case .rootKeyOnServer: "move the root key file off the server"
    case .clockSkewDatabase: "synchronize the clocks (chrony, systemd-timesyncd)"
    case .clockSkewPeer: "synchronize this machine's clock (chrony, systemd-timesyncd)"
    case .controlNameUnknown: "correct the name or the resolver"
    case .controlUnreachable: "let this machine reach control on its port"
    case .controlNotTrusted: "do not go on before it is clear who answers"
    case .controlRefuses: "see control's answer"
    case .notJoined: "run atoll region join"
    case .identityDamaged: "restore the data directory, or join anew"
    case .regionJoining: "approve the agent, or start it"
    case .regionDegraded: "see the region's lag and quarantine"
    case .regionStalled: "see the region's log and the link"
    case .regionNeedsSnapshot: "let the region fetch a snapshot"
    case .regionRevoked: "join anew if that was a mistake"
    case .urlUnreachable: "correct the region's URL, its DNS or its proxy"
    case .settingInvalid: "see atoll settings for all names and values"
    }
  }

  /// The page that says more.
  var page: String { "docs/doctor/\(rawValue).md" }
}
