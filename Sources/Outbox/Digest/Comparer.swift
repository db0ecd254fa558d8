public import Postgres
public import SyncProtocol

/// Answers the questions of comparisons about this silo's rows, as their owner or as their holder.
///
/// Every answer is read in one short snapshot; what is asked for is bounded by ``ComparisonLimits``.
public struct Comparer: Sendable {
  private let own: SiloNumber
  private let storage: ComparisonStorage

  /// - Parameter doorbell: the sequencer's: a repair appends pointers.
  public init(client: PostgresClient, own: SiloNumber, registry: KindRegistry, doorbell: Doorbell) {
    self.own = own
    storage = ComparisonStorage(client: client, registry: registry, doorbell: doorbell)
  }

  /// - Parameter peer: the other side of the comparison.
  public func answer(_ question: CompareQuestion, peer: SiloNumber) async throws -> CompareAnswer {
    do {
      return CompareAnswer(id: question.id, body: try await body(question, peer: peer))
    } catch let refusal as Refused {
      return CompareAnswer(id: question.id, body: .refused(refusal.code))
    }
  }

  struct Refused: Error { let code: CompareAnswer.Refusal }

  private func body(_ question: CompareQuestion, peer: SiloNumber) async throws -> CompareAnswer.Body {
    let subject = question.subject
    let isOwner = subject.stream == own && subject.audience == peer
    guard isOwner || (subject.stream == peer && subject.audience == own) else { throw Refused(code: .malformed) }
    let type = try storage.check(subject, isOwner: isOwner)
    func isValid(_ key: RowKey) -> Bool { type.isCanonical(key) }
    switch question.body {
    case .range(let after, let through, let limit, let listsRows):
      guard [after, through].compactMap({ $0 }).allSatisfy(isValid), limit <= ComparisonLimits.maximumRange else {
        throw Refused(code: .malformed)
      }
      let range = ComparisonStorage.Range(after: after, through: through, limit: limit, order: type.order)
      let read =
        isOwner ? try await storage.owned(range, of: subject) : try await storage.held(range, of: subject)
      return .range(Self.digest(read, subject, listsRows: listsRows))
    case .rows(let keys, let window):
      guard keys.count <= ComparisonLimits.maximumKeys, keys.allSatisfy(isValid) else {
        throw Refused(code: .malformed)
      }
      if isOwner { return .owner(try await storage.owned(keys, window: window, of: subject)) }
      return .holder(try await storage.held(keys, of: subject))
    case .mend(let items, let repairs):
      guard items.count <= ComparisonLimits.maximumKeys, items.allSatisfy({ isValid($0.key) }) else {
        throw Refused(code: .malformed)
      }
      try await storage.mend(items, of: subject, repairs: repairs, isOwner: isOwner)
      return .mended
    }
  }

  private static func digest(
    _ read: ComparisonStorage.RangeRead, _ subject: ComparisonSubject, listsRows: Bool
  ) -> RangeReading {
    let digests = read.rows.map { RowDigest.row(subject, key: $0.key, fields: $0.fields) }
    let listed = zip(read.rows, digests).map { row, digest in
      RangeReading.Listed(key: row.key, digest: Array(digest.prefix(RowDigest.shortLength)))
    }
    return RangeReading(
      through: read.through, position: read.position, count: read.rows.count,
      digest: RowDigest.range(subject, rows: digests), rows: listsRows ? listed : [])
  }
}
