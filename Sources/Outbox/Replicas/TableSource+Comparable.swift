internal import SyncProtocol

extension TableSource: ComparableSource {
  public var projection: [String] { columns.filter { $0 != keyColumn }.sorted() }
}
