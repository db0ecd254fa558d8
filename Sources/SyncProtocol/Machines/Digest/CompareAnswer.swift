/// What one side says to a ``CompareQuestion``. A claim, believed only as far as it concerns the side itself.
public struct CompareAnswer: Sendable, Hashable {
  public enum Body: Sendable, Hashable {
    case range(RangeReading)
    case owner(OwnerReading)
    case holder(HolderReading)
    case mended
    /// The side cannot answer: ``Refusal``.
    case refused(Refusal)
  }

  public enum Refusal: String, Sendable, Hashable, CaseIterable {
    /// The side has no such kind, or cannot compare it.
    case kindUnknown = "KIND_UNKNOWN"
    /// The side lacks a column that was asked for: it is to be upgraded and backfilled.
    case projectionDiffers = "PROJECTION_DIFFERS"
    /// The receiver has no cursor yet, or the log has not begun.
    case notStarted = "NOT_STARTED"
    /// The question is not what this side answers.
    case malformed = "MALFORMED"
  }

  public let id: String
  public let body: Body

  public init(id: String, body: Body) {
    self.id = id
    self.body = body
  }
}

/// The rows of a range, as a digest or one by one.
public struct RangeReading: Sendable, Hashable {
  /// The last key that counts; nil when there is nothing behind it within the range.
  public let through: RowKey?
  /// Where the side stands: the log's head at the owner, the lane's cursor at the holder.
  public let position: Position
  public let count: Int
  /// 32 bytes.
  public let digest: [UInt8]
  /// Keys with short row digests, when asked for.
  public let rows: [Listed]

  public struct Listed: Sendable, Hashable {
    public let key: RowKey
    public let digest: [UInt8]

    public init(key: RowKey, digest: [UInt8]) {
      self.key = key
      self.digest = digest
    }
  }

  public init(through: RowKey?, position: Position, count: Int, digest: [UInt8], rows: [Listed] = []) {
    self.through = through
    self.position = position
    self.count = count
    self.digest = digest
    self.rows = rows
  }
}
