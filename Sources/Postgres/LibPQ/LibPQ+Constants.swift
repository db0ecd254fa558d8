import CLibPQ

// C enumerations and character macros arrive in Swift as integers of differing types or not at all; they are translated here and nowhere
// else.

/// `ExecStatusType`.
enum ResultStatus: Sendable {
  case commandOK, tuplesOK, singleTuple, copyIn, copyOut, copyBoth, emptyQuery, pipelineSync, pipelineAborted, failed

  init(_ status: ExecStatusType) {
    self =
      switch status {
      case PGRES_COMMAND_OK: .commandOK
      case PGRES_TUPLES_OK: .tuplesOK
      case PGRES_SINGLE_TUPLE: .singleTuple
      case PGRES_COPY_IN: .copyIn
      case PGRES_COPY_OUT: .copyOut
      case PGRES_COPY_BOTH: .copyBoth
      case PGRES_EMPTY_QUERY: .emptyQuery
      case PGRES_PIPELINE_SYNC: .pipelineSync
      case PGRES_PIPELINE_ABORTED: .pipelineAborted
      default: .failed
      }
  }
}

/// `PGTransactionStatusType`.
enum TransactionStatus: Sendable {
  case idle, active, inTransaction, failed, unknown

  init(_ status: PGTransactionStatusType) {
    self =
      switch status {
      case PQTRANS_IDLE: .idle
      case PQTRANS_ACTIVE: .active
      case PQTRANS_INTRANS: .inTransaction
      case PQTRANS_INERROR: .failed
      default: .unknown
      }
  }
}

/// `PostgresPollingStatusType`.
enum ConnectProgress: Sendable {
  case wantsRead, wantsWrite, connected, failed

  init(_ status: PostgresPollingStatusType) {
    self =
      switch status {
      case PGRES_POLLING_READING: .wantsRead
      case PGRES_POLLING_WRITING: .wantsWrite
      case PGRES_POLLING_OK: .connected
      default: .failed
      }
  }
}

/// The `PG_DIAG_` characters.
enum ErrorField: Sendable {
  case sqlState, message, severity, schema, table, column, constraint, type

  var rawValue: Int32 {
    let character: Unicode.Scalar =
      switch self {
      case .severity: "V"
      case .sqlState: "C"
      case .message: "M"
      case .schema: "s"
      case .table: "t"
      case .column: "c"
      case .type: "d"
      case .constraint: "n"
      }
    return Int32(bitPattern: character.value)
  }
}
