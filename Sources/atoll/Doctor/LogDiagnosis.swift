import Outbox

/// What is wrong with a silo's log and what it has applied, from facts.
struct LogDiagnosis: Sendable {
  /// Seconds after which a leader is given up by a successor.
  static let staleHeartbeat = 5.0
  static let pendingRows: Int64 = 100_000
  /// The part of the retention that a receiver may be behind before it is said.
  static let retentionPart = 0.8

  let facts: DatabaseFacts
  let retention: LogRetention

  init(facts: DatabaseFacts, retention: LogRetention = LogRetention()) {
    self.facts = facts
    self.retention = retention
  }

  var findings: [Finding] { sequencer + receivers + refused + identity }

  private var sequencer: [Finding] {
    guard let log = facts.log else { return [Finding(.sequencerMissing, "the log has no epoch")] }
    var found: [Finding] = []
    if log.heartbeatAge > Self.staleHeartbeat {
      let backend = facts.leaderIsAlive ? "its connection is there" : "its connection is gone"
      found.append(Finding(.sequencerStale, "the last heartbeat is \(Int(log.heartbeatAge)) s old; \(backend)"))
    }
    if facts.fences.second > facts.fences.first {
      found.append(
        Finding(
          .sequencerFlapping, "the lead changed \(facts.fences.second - facts.fences.first) times in two seconds"))
    }
    if log.pending > Self.pendingRows {
      found.append(Finding(.pendingBacklog, "\(log.pending) changes wait for a position"))
    }
    return found
  }

  private var receivers: [Finding] {
    let bound = Int64(Double(retention.maximumEntries) * Self.retentionPart)
    return facts.receivers.filter { $0.rows > bound }.map {
      Finding(
        .retentionNear,
        "\($0.silo) is \($0.rows) entries behind in lane \($0.lane), \(retention.maximumEntries) are kept")
    }
  }

  private var refused: [Finding] {
    var found = facts.refused.map { refused in
      let place = refused.isReported ? "reported by receivers" : "in quarantine here"
      return Finding(.rowsQuarantined, "\(refused.count) rows \(place), code \(refused.code)")
    }
    if facts.openIncidents > 0 {
      found.append(Finding(.incidentsOpen, "\(facts.openIncidents) rows differ from their source and are not mended"))
    }
    if facts.deadWebhooks > 0 {
      found.append(Finding(.webhooksDead, "\(facts.deadWebhooks) deliveries were given up"))
    }
    return found
  }

  private var identity: [Finding] {
    var found: [Finding] = []
    if facts.isSameDatabase == false {
      found.append(Finding(.epochMismatch, "the database is not the one with which the epoch began"))
    }
    if facts.witnessDisagrees {
      found.append(Finding(.witnessMismatch, "the log lies before what the witness file saw"))
    }
    return found
  }
}
