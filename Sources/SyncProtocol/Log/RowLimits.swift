/// How much rows may weigh, in bytes of their values as they are written.
public enum RowLimits {
  /// One column value in PostgreSQL's text form, unescaped.
  public static let value = 1024 * 1024
  /// All values of one row. A larger row is kept back and parked by its receiver.
  public static let row = 6 * 1024 * 1024
  public static let columns = 256
  /// A streamed batch of several entries: fewer entries are read when there would be more.
  public static let batch = 8 * 1024 * 1024
  /// What one entry alone may bring, with everything that it expands to.
  public static let entry = 12 * 1024 * 1024
}
