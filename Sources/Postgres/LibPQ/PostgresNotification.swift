/// A message of NOTIFY. A hint, never a fact: it is lost whenever the connection is.
public struct PostgresNotification: Hashable, Sendable {
  public let channel: String
  public let payload: String
  /// The backend that sent it.
  public let serverProcessID: Int32
}
