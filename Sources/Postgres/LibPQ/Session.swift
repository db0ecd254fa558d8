import CLibPQ

/// Owns one `PGconn` and wraps each call of libpq that it needs, without waiting.
///
/// `@unchecked Sendable`, proof: a session has one holder at a time and every hand-over synchronizes: the task that opens it, the pool
/// (which only stores it, under its mutex) or the one lease it is lent to, which is not `Sendable`. `PQfinish` runs in `deinit`; a task
/// that waits on the descriptor holds a reference, so nobody can be waiting then.
@safe final class Session: @unchecked Sendable {
  private let connection: OpaquePointer
  let configuration: PostgresConfiguration
  var statements: StatementCache
  /// Lost, or in a state that libpq cannot leave: nothing more can be sent.
  private(set) var isBroken = false
  /// Cancelled, listening or otherwise changed, so it must not be lent again.
  var isReusable = true
  /// When the pool got it back.
  var idleSince = ContinuousClock.now
  /// A statement is in flight.
  var isBusy = false
  /// A statement was sent whose answer nobody waited for; ``settle()`` takes it.
  private(set) var isUnsettled = false
  /// Waits ignore cancellation: a rollback, a commit or the draining after a cancellation is running.
  var isShielded = false

  init(owning connection: OpaquePointer, configuration: PostgresConfiguration) {
    unsafe self.connection = connection
    self.configuration = configuration
    statements = StatementCache(limit: configuration.statementCacheLimit)
    unsafe PQsetNoticeReceiver(connection, { _, _ in }, nil)
  }

  deinit {
    unsafe PQfinish(connection)
  }

  // MARK: State

  var descriptor: Int32 { unsafe PQsocket(connection) }
  var isAlive: Bool { unsafe PQstatus(connection) == CONNECTION_OK }
  var transactionStatus: TransactionStatus { unsafe TransactionStatus(PQtransactionStatus(connection)) }
  var serverProcessID: Int32 { unsafe PQbackendPID(connection) }
  var serverVersion: Int32 { unsafe PQserverVersion(connection) }
  var isEncrypted: Bool { unsafe PQsslInUse(connection) == 1 }
  var errorMessage: String { unsafe String(cString: PQerrorMessage(connection)) }

  func markBroken() { isBroken = true }

  func lost() -> PostgresError {
    isBroken = true
    return PostgresError(code: .connection, message: errorMessage)
  }

  // MARK: Connecting

  /// False when libpq refused the options before it began.
  var isConnecting: Bool { unsafe PQstatus(connection) != CONNECTION_BAD }

  func connectPoll() -> ConnectProgress { unsafe ConnectProgress(PQconnectPoll(connection)) }

  func becomeNonblocking() throws {
    guard unsafe PQsetnonblocking(connection, 1) == 0 else { throw lost() }
  }

  /// Sends a statement without waiting for its answer, which ``settle()`` takes; false when not all of it went out at once and it must be waited for.
  func sendUnheard(_ text: String) throws -> Bool {
    try send(simple: text)
    isUnsettled = true
    return try flushOnce()
  }

  func settled() { isUnsettled = false }

  // MARK: Sending

  func send(simple text: String) throws {
    guard unsafe PQsendQuery(connection, text) == 1 else { throw lost() }
  }

  func send(unnamed text: String, _ parameters: ParameterList) throws {
    let types = parameters.types.map(\.rawValue)
    let sent = unsafe parameters.withPointers { list in
      unsafe PQsendQueryParams(connection, text, list.count, types, list.values, list.lengths, list.formats, 1)
    }
    guard sent == 1 else { throw lost() }
  }

  func send(prepare name: String, _ text: String, _ parameters: ParameterList) throws {
    let types = parameters.types.map(\.rawValue)
    guard unsafe PQsendPrepare(connection, name, text, Int32(types.count), types) == 1 else { throw lost() }
  }

  func send(prepared name: String, _ parameters: ParameterList) throws {
    let sent = unsafe parameters.withPointers { list in
      unsafe PQsendQueryPrepared(connection, name, list.count, list.values, list.lengths, list.formats, 1)
    }
    guard sent == 1 else { throw lost() }
  }

  /// Pushes out what is buffered and says whether all of it is gone.
  func flushOnce() throws -> Bool {
    switch unsafe PQflush(connection) {
    case 0: return true
    case 1: return false
    default: throw lost()
    }
  }

  // MARK: Receiving

  /// Reads what has arrived. False when the connection is gone; results received before are still there.
  func consumeInput() -> Bool { unsafe PQconsumeInput(connection) == 1 }

  var isAwaitingInput: Bool { unsafe PQisBusy(connection) == 1 }

  /// The next result, nil at the end of a statement. Blocks unless `isAwaitingInput` is false.
  func takeResult() -> ResultHandle? {
    guard let result = unsafe PQgetResult(connection) else { return nil }
    return unsafe ResultHandle(owning: result)
  }

  // MARK: Pipeline

  func enterPipeline() throws {
    guard unsafe PQenterPipelineMode(connection) == 1 else {
      throw PostgresError(code: .misuse, message: "a pipeline cannot begin now")
    }
  }

  func exitPipeline() throws {
    guard unsafe PQexitPipelineMode(connection) == 1 else { throw lost() }
  }

  func sendPipelineSync() throws {
    guard unsafe PQpipelineSync(connection) == 1 else { throw lost() }
  }

  var isInPipeline: Bool { unsafe PQpipelineStatus(connection) != PQ_PIPELINE_OFF }

  // MARK: Copy

  /// Queues a chunk of COPY data; false when libpq's buffer is full and must be flushed first.
  func putCopyData(_ bytes: ArraySlice<UInt8>) throws -> Bool {
    let status = unsafe bytes.withUnsafeBytes { buffer in
      unsafe PQputCopyData(
        connection, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(truncatingIfNeeded: buffer.count))
    }
    guard status >= 0 else { throw lost() }
    return status == 1
  }

  /// Queues the end of COPY data, with the reason when it is to fail.
  func putCopyEnd(failing reason: String?) throws -> Bool {
    let status =
      if let reason { unsafe PQputCopyEnd(connection, reason) } else { unsafe PQputCopyEnd(connection, nil) }
    guard status >= 0 else { throw lost() }
    return status == 1
  }

  /// What a non-blocking read of COPY data found.
  enum CopyChunk {
    case data([UInt8]), wait, end
  }

  func getCopyData() throws -> CopyChunk {
    var buffer: UnsafeMutablePointer<CChar>?
    let count = unsafe PQgetCopyData(connection, &buffer, 1)
    defer { unsafe PQfreemem(buffer) }
    switch count {
    case 0: return .wait
    case -1: return .end
    case 1...:
      return unsafe .data(Array(UnsafeRawBufferPointer(start: buffer, count: Int(count))))
    default: throw lost()
    }
  }

  // MARK: Notifications

  func takeNotification() -> PostgresNotification? {
    guard let notification = unsafe PQnotifies(connection) else { return nil }
    defer { unsafe PQfreemem(notification) }
    return unsafe PostgresNotification(
      channel: String(cString: notification.pointee.relname), payload: String(cString: notification.pointee.extra),
      serverProcessID: notification.pointee.be_pid)
  }

  // MARK: Cancelling

  func cancelRequest() -> CancelRequest? {
    guard let cancel = unsafe PQgetCancel(connection) else { return nil }
    return unsafe CancelRequest(owning: cancel)
  }
}
