/// The largest things that may travel. A message beyond them is refused; a sender stays below them.
public enum WireLimits {
  /// The body of a message as it arrives, compressed or not.
  public static let maximumBodyBytes = 16 * 1024 * 1024
  /// A compressed message once inflated.
  public static let maximumInflatedBytes = 32 * 1024 * 1024
  /// The document of a message: everything but the rows. Room for ``maximumNacks`` keys of the longest form.
  public static let maximumDocumentBytes = 1024 * 1024
  /// The body of a join request.
  public static let maximumJoinBytes = 16 * 1024
  public static let maximumManifestBytes = 256 * 1024
  public static let maximumDepth = 8
  /// Expansions of interests included; a sender cuts by log entries.
  public static let maximumRowsPerBatch = 100_000
  /// Rows and bytes of values of one chunk of a snapshot.
  public static let maximumRowsPerChunk = 20_000
  public static let maximumBytesPerChunk = 8 * 1024 * 1024
  /// Rows of one repair.
  public static let maximumReferences = 1000
  /// Kinds of which estimates are told.
  public static let maximumKinds = 1000
  public static let maximumColumns = RowLimits.columns
  /// Bytes of values of a streamed batch of several entries: fewer entries are read when there would be more.
  public static let maximumBytesPerBatch = RowLimits.batch
  /// Bytes of values that one entry alone may bring, with everything that it expands to.
  public static let maximumBytesPerEntry = RowLimits.entry
  /// The values of one row, as they are written. A larger row is kept back and parked by its receiver.
  public static let maximumRowBytes = RowLimits.row
  /// One column value in PostgreSQL's text form.
  public static let maximumValueBytes = RowLimits.value
  public static let maximumNacks = 500
  public static let maximumVersions = 16
  public static let maximumCapabilities = 64
  public static let maximumManifestKeys = 256
  /// A long poll waits at most so long, in milliseconds.
  public static let maximumWaitMilliseconds = 30_000
  /// An agent spreads its return over at most so many milliseconds.
  public static let maximumReturnMilliseconds = 300_000
}
