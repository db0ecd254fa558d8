internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A named place at which a test makes a process die or an operation fail: `ATOLL_FAULT=apply.before_commit:kill`.
///
/// The environment is read once. Several faults are separated by commas; `name:kill` ends the process as `kill -9` would, `name:error`
/// throws ``InjectedFault``, and a number (`name:kill:3`) lets the first two passages through. Unset costs one comparison.
public enum FaultPoint: String, Sendable, CaseIterable {
  case captureBeforeCommit = "capture.before_commit"
  case tickAfterRead = "tick.after_read"
  case tickBeforeCommit = "tick.before_commit"
  case tickAfterCommit = "tick.after_commit"
  case deliverBeforeRead = "deliver.before_read"
  case deliverAfterRead = "deliver.after_read"
  case deliverBeforeSend = "deliver.before_send"
  case applyBegin = "apply.begin"
  case applyAfterRows = "apply.after_rows"
  case applyBeforeCommit = "apply.before_commit"
  case applyAfterCommit = "apply.after_commit"
  case cursorBeforeAcknowledge = "cursor.before_acknowledge"
  case finalizeBeforeCommit = "finalize.before_commit"
  case snapshotBeforeRequest = "snapshot.before_request"
  case snapshotBeforeRead = "snapshot.before_read"
  case snapshotAfterRows = "snapshot.after_rows"
  case snapshotBeforeCommit = "snapshot.before_commit"
  case snapshotAfterCommit = "snapshot.after_commit"
  case operationAfterReserve = "operation.after_reserve"
  case operationBeforeConfirm = "operation.before_confirm"
  case operationAfterConfirm = "operation.after_confirm"
  case provisionBeforeCommit = "provision.before_commit"
  case provisionAfterCommit = "provision.after_commit"
  case webhookBeforeSend = "webhook.before_send"
  case webhookBeforeRecord = "webhook.before_record"

  /// Passes, throws or does not return, as the environment says.
  public static func hit(_ point: FaultPoint) throws {
    guard !armed.isEmpty else { return }
    try strike(point)
  }

  private enum Action: String {
    case kill
    case error
  }

  private struct Armed {
    let action: Action
    let passage: Int
  }

  private static let armed: [FaultPoint: Armed] = {
    var armed: [FaultPoint: Armed] = [:]
    guard let value = getenv("ATOLL_FAULT") else { return armed }
    for fault in String(cString: value).split(separator: ",") {
      let parts = fault.split(separator: ":").map(String.init)
      guard parts.count >= 2, let point = FaultPoint(rawValue: parts[0]), let action = Action(rawValue: parts[1]) else {
        continue
      }
      armed[point] = Armed(action: action, passage: parts.count > 2 ? Int(parts[2]) ?? 1 : 1)
    }
    return armed
  }()

  private static let passages = Mutex<[FaultPoint: Int]>([:])

  private static func strike(_ point: FaultPoint) throws {
    guard let fault = armed[point] else { return }
    let passage = passages.withLock { counts in
      counts[point, default: 0] += 1
      return counts[point, default: 0]
    }
    guard passage == fault.passage else { return }
    switch fault.action {
    case .kill: kill(getpid(), SIGKILL)
    case .error: throw InjectedFault(point: point)
    }
  }
}

/// What ``FaultPoint/hit(_:)`` throws when a test asked for an error.
public struct InjectedFault: Error, Sendable, Hashable {
  public let point: FaultPoint
}
