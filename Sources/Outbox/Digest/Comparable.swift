public import Postgres
public import SyncProtocol

/// A source whose rows can be compared with a receiver's.
public protocol ComparableSource: KindSource {
  /// The names of the fields besides the key, ascending.
  var projection: [String] { get }
}

/// A sink whose rows can be compared with their owner's.
public protocol ComparableSink: KindSink {
  /// The columns that it keeps besides the key, ascending.
  var projection: [String] { get }

  /// The rows that `stream` sent with `after` < key ≤ `through`, in the order of ``KeyOrder``, at most `limit`, with values in the form in which they
  /// travelled.
  func held(
    from stream: SiloNumber, after: RowKey?, through: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [HeldRow]

  /// The same of some rows.
  func held(
    from stream: SiloNumber, keys: [RowKey], on connection: PostgresConnection
  ) async throws -> [HeldRow]

  /// Whether a row that differs so must give way before its owner's word can replace it.
  func mustRelease(_ difference: RowDifference) -> Bool

  /// Makes rows of `stream` give way to whatever comes next.
  func release(_ keys: [RowKey], from stream: SiloNumber, on connection: PostgresConnection) async throws
}

extension ComparableSink {
  /// A version that the owner cannot reach would refuse every correction.
  public func mustRelease(_ difference: RowDifference) -> Bool { difference == .staleVersion }
}

/// A row of a replica.
public struct HeldRow: Sendable, Hashable {
  public let key: RowKey
  public let version: RowVersion
  public let fields: [RowImage.Field]

  public init(key: RowKey, version: RowVersion, fields: [RowImage.Field]) {
    self.key = key
    self.version = version
    self.fields = fields
  }
}
