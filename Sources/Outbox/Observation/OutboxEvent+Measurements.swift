internal import SyncProtocol

extension OutboxEvent {
  /// What this event adds to which metric.
  public var measurements: [OutboxMeasurement] {
    switch self {
    case .leading, .listening, .ticked, .sequencingFailed: sequencing
    case .holding, .delivered, .cursorRefused, .deliveryFailed: delivering
    case .applied, .batchRefused, .applyFailed: applying
    case .traced: []
    case .webhook(let outcome):
      [
        OutboxMeasurement(
          .counter, "atoll_webhook_attempts_total", "Attempts to tell an application, by outcome.",
          labels: [("outcome", outcome.rawValue)], 1)
      ]
    }
  }

  private var sequencing: [OutboxMeasurement] {
    switch self {
    case .leading(let leads):
      return [
        OutboxMeasurement(
          .gauge, "atoll_sequencer_leading", "1 while this process leads the log of its silo.", leads ? 1 : 0)
      ]
    case .listening(let listens):
      return [
        OutboxMeasurement(
          .gauge, "atoll_doorbell_listening", "1 while decoded commits wake the sequencer; 0 while only the poll does.",
          listens ? 1 : 0)
      ]
    case .ticked(let duration, let entries, _):
      return [
        OutboxMeasurement(
          .histogram(OutboxMeasurement.seconds), "atoll_sequencer_tick_duration_seconds",
          "From the beginning of a tick's transaction to its commit.", duration.seconds),
        OutboxMeasurement(
          .histogram(OutboxMeasurement.rows), "atoll_sequencer_tick_entries",
          "Log entries written by a tick; 0 is a heartbeat.", Double(entries)),
        OutboxMeasurement(
          .counter, "atoll_sequencer_entries_total", "Log entries written by this process.", Double(entries)),
      ]
    case .sequencingFailed(let trouble):
      return [Self.trouble("atoll_sequencer_failures_total", "Ticks and polls that failed, by reason.", trouble)]
    default: return []
    }
  }

  private var delivering: [OutboxMeasurement] {
    switch self {
    case .holding(let begins):
      return [
        OutboxMeasurement(
          .gaugeChange, "atoll_requests_held", "Requests that wait for something new.", begins ? 1 : -1)
      ]
    case .delivered(_, let lane, _, let rows, let removes, let duration):
      let label: [(name: StaticString, value: String)] = [("lane", lane.rawValue)]
      return [
        OutboxMeasurement(
          .counter, "atoll_batches_delivered_total", "Batches answered or pushed, empty ones included.", labels: label,
          1),
        OutboxMeasurement(
          .counter, "atoll_rows_delivered_total", "Rows and removes in those batches.", labels: label,
          Double(rows + removes)),
        OutboxMeasurement(
          .histogram(OutboxMeasurement.seconds), "atoll_delivery_duration_seconds",
          "From a request to its batch without the time that it was held.", labels: label, duration.seconds),
      ]
    case .cursorRefused(let refusal):
      return [
        OutboxMeasurement(
          .counter, "atoll_cursors_refused_total", "Cursors that were not continued, by reason.",
          labels: [("code", refusal.rawValue)], 1)
      ]
    case .deliveryFailed(let trouble):
      return [Self.trouble("atoll_delivery_failures_total", "Reads for receivers that failed, by reason.", trouble)]
    default: return []
    }
  }

  private var applying: [OutboxMeasurement] {
    switch self {
    case .applied(_, let lane, _, let rows, let refused, let duration):
      let label: [(name: StaticString, value: String)] = [("lane", lane.rawValue)]
      var measurements = [
        OutboxMeasurement(
          .counter, "atoll_batches_applied_total", "Batches applied, empty ones included.", labels: label, 1),
        OutboxMeasurement(
          .counter, "atoll_rows_applied_total", "Rows and removes in those batches.", labels: label, Double(rows)),
        OutboxMeasurement(
          .histogram(OutboxMeasurement.seconds), "atoll_apply_duration_seconds",
          "Of the transaction that applies a batch.", labels: label, duration.seconds),
      ]
      for code in Set(refused).sorted() {
        measurements.append(
          OutboxMeasurement(
            .counter, "atoll_rows_refused_total", "Rows put into quarantine and answered with a NACK, by code.",
            labels: [("code", code)], Double(refused.count { $0 == code })))
      }
      return measurements
    case .batchRefused(let fault):
      return [
        OutboxMeasurement(
          .counter, "atoll_batches_refused_total", "Batches dropped whole, by reason.",
          labels: [("code", fault.rawValue)], 1)
      ]
    case .applyFailed(let trouble):
      return [
        Self.trouble("atoll_apply_failures_total", "Transactions of the applier that failed, by reason.", trouble)
      ]
    default: return []
    }
  }

  private static func trouble(
    _ name: StaticString, _ help: StaticString, _ trouble: StorageTrouble
  ) -> OutboxMeasurement {
    OutboxMeasurement(.counter, name, help, labels: [("reason", trouble.rawValue)], 1)
  }
}
