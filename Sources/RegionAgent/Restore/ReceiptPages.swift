internal import Outbox
internal import Silo
internal import SyncProtocol

/// Everything that control granted to this region, page by page, for a control that was restored and may not remember it.
///
/// Pages are read one by one: between two of them nothing of control's can change here, because control does not start the region over before the
/// last page arrived.
struct ReceiptPages {
  struct Page: Sendable, Hashable {
    var receipts: [ReceiptDocument] = []
    var ended: [RowKey] = []
    var isLast = false
  }

  /// Homes first, so that a grant finds its organization.
  private static let models = [
    ReplicatedModels.region, ReplicatedModels.organizationHome, ReplicatedModels.grant, ReplicatedModels.userStatus,
  ]

  private let database: SiloDatabase<RegionSilo>
  private let limit: Int
  private var remaining = ReceiptPages.models[...]
  private var last: RowKey?
  private var isOver = false

  init(database: SiloDatabase<RegionSilo>, limit: Int = ReceiptsRequest.maximumItems) {
    self.database = database
    self.limit = limit
  }

  /// The next page; nil after the last, which says so itself.
  mutating func next() async throws -> Page? {
    guard !isOver else { return nil }
    guard let model = remaining.first else { return try await nextEnded() }
    let (after, limit) = (last, limit)
    let receipts = try await database.withConnection {
      try await ReceiptStore.page(model, after: after, limit: limit, on: $0)
    }
    last = receipts.last?.key
    if receipts.count < limit {
      remaining = remaining.dropFirst()
      last = nil
    }
    return Page(receipts: receipts)
  }

  private mutating func nextEnded() async throws -> Page {
    let (after, limit) = (last, limit)
    let ended = try await database.withConnection {
      try await ReceiptStore.ended(after: after, limit: limit, on: $0)
    }
    last = ended.last
    isOver = ended.count < limit
    return Page(ended: ended, isLast: isOver)
  }
}
