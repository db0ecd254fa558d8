internal import FoundationEssentials
internal import Postgres
internal import Logging
internal import Outbox
internal import Silo
internal import SyncProtocol

/// One turn of a comparison: takes an agent's answer, answers what is control's own to answer, and returns the next question.
///
/// Where a comparison stands is in the database between turns, so any process of control can take the next one.
struct ComparisonExchange: Sendable {
  /// Questions that a comparison of the reconciler asks in a row, and its pause in milliseconds. With 1024 rows a question some
  /// 600 000 rows a minute.
  static let burst = 64
  static let pause: Int64 = 5000
  /// Rows of one turn that are named in the log. All are in the comparison's result.
  static let linesPerTurn = 5

  private let environment: ControlEnvironment
  private let comparer: Comparer
  private let plans: ComparisonPlans
  private let limits: ComparisonLimits

  init(environment: ControlEnvironment, registry: KindRegistry, limits: ComparisonLimits = ComparisonLimits()) {
    self.environment = environment
    self.limits = limits
    comparer = Comparer(
      client: environment.database.client, own: .control, registry: registry, doorbell: environment.doorbell)
    plans = ComparisonPlans(registry: registry)
  }

  func turn(of region: RegionNumber, answer: CompareAnswer?) async throws -> CompareReply {
    let step = try await environment.database.withConnection { try await ComparisonStore.next(of: region, on: $0) }
    guard let step else { return .nothing }
    guard step.wait == 0 else {
      // Work of its own pace: the agent is called again by a pull.
      return step.comparison.origin == .reconciler && step.wait > 2000 ? .nothing : .again(afterMilliseconds: step.wait)
    }
    var (machine, effects) = try await resume(step, region: region, answer: answer)
    var reports: [ComparisonReport] = []
    var reply: CompareReply?
    var outcome: ComparisonMachine.Outcome?
    var wait: Int64 = 0
    while reply == nil, outcome == nil, !effects.isEmpty {
      switch effects.removeFirst() {
      case .report(let report): reports.append(report)
      case .ask(.local, let question):
        effects += machine.handle(.answer(try await comparer.answer(question, peer: region.silo)))
      case .ask(.peer, let question): reply = .question(question)
      case .wait(let milliseconds):
        wait = milliseconds
        reply = .again(afterMilliseconds: milliseconds)
      case .finished(let end): outcome = end
      }
    }
    if step.comparison.origin == .reconciler, step.number % Int64(Self.burst) == Int64(Self.burst) - 1, outcome == nil {
      wait = max(wait, Self.pause)
      reply = .nothing
    }
    guard try await save(step, machine, outcome, wait: wait, reports) else { return .again(afterMilliseconds: 100) }
    tell(reports, region: region)
    return reply ?? .again(afterMilliseconds: 0)
  }

  /// The machine and what it wants: with the answer, or the question of before once more.
  private func resume(
    _ step: ComparisonStore.Step, region: RegionNumber, answer: CompareAnswer?
  ) async throws -> (ComparisonMachine, [ComparisonMachine.Effect]) {
    guard let state = step.machine else {
      let plan = try await environment.database.client.withConnection {
        try await plans.make(for: region.silo, kinds: step.comparison.kinds, on: $0)
      }
      var machine = ComparisonMachine(
        id: step.comparison.id.uuidString.lowercased(), local: .control, plan: plan, repairs: step.comparison.repairs,
        limits: limits)
      let effects = machine.handle(.start)
      return (machine, effects)
    }
    var machine = try ComparisonMachine(state: state, limits: limits)
    guard let outstanding = machine.outstanding else {
      let effects = machine.handle(.timer)
      return (machine, effects)
    }
    if outstanding.side == .peer, let answer, answer.id == outstanding.question.id {
      let effects = machine.handle(.answer(answer))
      return (machine, effects)
    }
    return (machine, [.ask(outstanding.side, outstanding.question)])
  }

  private func save(
    _ step: ComparisonStore.Step, _ machine: ComparisonMachine, _ outcome: ComparisonMachine.Outcome?, wait: Int64,
    _ reports: [ComparisonReport]
  ) async throws -> Bool {
    let id = step.comparison.id
    return try await environment.database.withTransaction(.readCommitted) { control in
      guard
        try await ComparisonStore.save(
          id, step: step.number, machine: outcome == nil ? machine.state : nil, state: outcome?.rawValue ?? "running",
          due: wait, compared: machine.compared, divergences: Int64(machine.divergences), on: control)
      else { return false }
      try await ComparisonStore.record(reports, of: id, on: control)
      return true
    }
  }

  /// A line for each row that must not differ, up to a bound: its kind and key, no values.
  private func tell(_ reports: [ComparisonReport], region: RegionNumber) {
    let findings = reports.compactMap { report -> ComparisonReport.Finding? in
      if case .row(let finding) = report, finding.difference.isDivergence { finding } else { nil }
    }
    if findings.count > Self.linesPerTurn {
      environment.logger.error(
        "more rows diverged than are named here", metadata: ["sync.region": "\(region)", "rows": "\(findings.count)"])
    }
    for finding in findings.prefix(Self.linesPerTurn) {
      environment.logger.error(
        "a row diverged",
        metadata: [
          "sync.region": "\(region)", "sync.stream": "\(finding.stream)", "row.kind": "\(finding.row.kind)",
          "row.key": "\(finding.row.key)", "divergence.code": "\(finding.difference.code)",
          "divergence.columns": "\(finding.difference.details.joined(separator: ","))",
        ])
    }
  }
}
