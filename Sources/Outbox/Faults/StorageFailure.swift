internal import Postgres
internal import SyncProtocol

/// What an error of a storage operation means to a machine.
enum StorageFailure {
  case trouble(StorageTrouble)
  case outcomeUnknown
  case fencedOut
  case cancelled

  init(_ error: any Error) {
    if error is CancellationError {
      self = .cancelled
    } else if let error = error as? OutboxError {
      self = error.code == .fencedOut ? .fencedOut : .trouble(.refused)
    } else if error is InjectedFault {
      self = .trouble(.unavailable)
    } else if let error = error as? PostgresError {
      self.init(error)
    } else {
      self = .trouble(.refused)
    }
  }

  private init(_ error: PostgresError) {
    switch error.code {
    case .commitOutcomeUnknown: self = .outcomeUnknown
    case .connection, .timeout, .poolExhausted, .poolClosed: self = .trouble(.unavailable)
    case .server(let state):
      if state == .diskFull {
        self = .trouble(.full)
      } else if state.endsSession || state.conditionClass == "53" || state.conditionClass == "58" {
        self = .trouble(.unavailable)
      } else if state.isRetryable || state == .queryCanceled || state == .idleInTransactionTimeout {
        self = .trouble(.contention)
      } else {
        self = .trouble(.refused)
      }
    default: self = .trouble(.refused)
    }
  }

  /// Whether the connection must not be used again.
  var losesConnection: Bool {
    switch self {
    case .trouble(.unavailable), .outcomeUnknown: true
    default: false
    }
  }
}

extension PostgresError {
  /// Whether a row's content is at fault: a bad value, a violated constraint, or a refusal by a trigger. Not the storage's trouble.
  var isRowTrouble: Bool {
    guard case .server(let state) = code else { return code == .encoding }
    return ["22", "23", "P0", "44", "54"].contains(state.conditionClass)
  }
}
