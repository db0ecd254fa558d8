internal import Postgres
internal import Web

extension Problem {
  /// What a caller is told when the database did not answer as it should; nil for errors that are the program's own.
  static func storage(_ error: PostgresError) -> Problem? {
    switch error.code {
    case .connection, .poolExhausted, .poolClosed, .timeout:
      return .unavailable("The region's database is busy or not reachable.", retryAfter: 2)
    case .commitOutcomeUnknown:
      return .unavailable("The connection was lost at commit: look before you try again.", retryAfter: 2)
    case .server(let state) where state.isRetryable || state.endsSession || state == .queryCanceled:
      return .unavailable("The region's database interrupted the request.", retryAfter: 1)
    case .server(.diskFull): return .storageFull("The region's database")
    case .server(let state) where state.conditionClass == "53":
      return .unavailable("The region's database is short of connections or memory.", retryAfter: 10)
    default: return nil
    }
  }
}
