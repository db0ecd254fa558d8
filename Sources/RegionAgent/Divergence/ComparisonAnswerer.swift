internal import Logging
internal import Outbox
internal import Postgres
internal import ServiceLifecycle
internal import Silo
internal import SyncProtocol

/// Answers control's questions about rows, whenever a pull says that there are some, until control has no more.
struct ComparisonAnswerer: Service {
  /// The longest pause between two questions that is waited for; after a longer one a pull calls again.
  private static let patience: Int64 = 10_000
  /// How often an exchange is tried that control puts off.
  private static let tries = 5

  private let link: ControlLink
  private let comparer: Comparer
  private let database: SiloDatabase<RegionSilo>
  private let logger: Logger

  init(link: ControlLink, comparer: Comparer, database: SiloDatabase<RegionSilo>, logger: Logger) {
    self.link = link
    self.comparer = comparer
    self.database = database
    self.logger = logger
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var seen: UInt64 = 0
      while !Task.isCancelled {
        _ = await link.questions.wait(beyond: seen, limit: .seconds(600))
        if Task.isCancelled { return }
        guard link.questions.rings != seen else { continue }
        seen = link.questions.rings
        do {
          try await answer()
          try await database.client.withConnection { _ = try await IncidentStore.prune(on: $0) }
        } catch is CancellationError {
          return
        } catch {
          // Control asks the same question when the agent comes again.
          logger.warning("a comparison was interrupted", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  private func answer() async throws {
    var reply = try await turn(nil)
    while true {
      switch reply {
      case .question(let question):
        let answer = try await comparer.answer(question, peer: .control)
        if case .mend(let items, _) = question.body { tell(items, question.subject) }
        reply = try await turn(answer)
      case .again(let milliseconds):
        guard milliseconds <= Self.patience else { return }
        try await Task.sleep(for: .milliseconds(milliseconds))
        reply = try await turn(nil)
      case .nothing: return
      }
    }
  }

  /// One exchange; again when control has more to do at the moment.
  private func turn(_ answer: CompareAnswer?) async throws -> CompareReply {
    for _ in 0..<Self.tries {
      do {
        return try await link.compare(answer)
      } catch let problem as SyncProblem where problem.code == .retryLater {
        let wait = min(Int64(problem.retryAfterMilliseconds ?? 1000), Self.patience)
        try await Task.sleep(for: .milliseconds(wait))
      }
    }
    return try await link.compare(answer)
  }

  /// A line for each row that must not differ, up to a bound: its kind and key, no values.
  private func tell(_ items: [CompareQuestion.Mend], _ subject: ComparisonSubject) {
    for item in items.filter(\.difference.isDivergence).prefix(5) {
      logger.error(
        "a row diverged",
        metadata: [
          "sync.stream": "\(subject.stream)", "row.kind": "\(subject.kind)", "row.key": "\(item.key)",
          "divergence.code": "\(item.difference.code)",
          "divergence.columns": "\(item.difference.details.joined(separator: ","))",
        ])
    }
  }
}
