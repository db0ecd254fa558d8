import Dispatch
import FoundationEssentials
import Glibc
import Synchronization

/// A child process, spawned and awaited on one thread that lives exactly as long as the child: `PR_SET_PDEATHSIG` is about that thread.
final class ChildProcess: Sendable {
  private struct State {
    var status: Int32?
    var waiting: [CheckedContinuation<Int32, Never>] = []
  }

  private static let queue = DispatchQueue(label: "atoll.postgres.children", attributes: .concurrent)

  let processID: pid_t
  private let state = Mutex(State())

  private init(processID: pid_t) {
    self.processID = processID
  }

  /// Starts `arguments[0]` in a process group of its own, with standard output and error appended to a file.
  ///
  /// - Throws: ``PostgresError`` with code `.embeddedServer`.
  static func launch(_ arguments: [String], environment: [String], output: String) async throws -> ChildProcess {
    let result: Result<ChildProcess, PostgresError> = await withCheckedContinuation { continuation in
      queue.async {
        let spawned = spawn(arguments, environment, output)
        guard let processID = spawned.processID else {
          let program = arguments.first ?? ""
          let error = PostgresError(
            code: .embeddedServer, message: "cannot start \(program): system error \(spawned.status)")
          return continuation.resume(returning: .failure(error))
        }
        let child = ChildProcess(processID: processID)
        continuation.resume(returning: .success(child))
        child.awaitExit()
      }
    }
    return try result.get()
  }

  /// Runs a program to its end and returns its exit status.
  static func run(_ arguments: [String], environment: [String], output: String) async throws -> Int32 {
    await (try launch(arguments, environment: environment, output: output)).exitStatus()
  }

  /// Whether the process has ended.
  var hasExited: Bool { state.withLock { $0.status != nil } }

  func signal(_ number: Int32) {
    state.withLock { state in
      // Under the lock the process is not reaped, so the number still names it.
      if state.status == nil { _ = kill(processID, number) }
    }
  }

  /// Waits for the end: the exit status, or 128 plus the signal.
  func exitStatus() async -> Int32 {
    await withCheckedContinuation { continuation in
      let status = state.withLock { state in
        if state.status == nil { state.waiting.append(continuation) }
        return state.status
      }
      if let status { continuation.resume(returning: status) }
    }
  }

  private func awaitExit() {
    var information = unsafe siginfo_t()
    // Wait without reaping first, so that `signal` never meets a recycled process id.
    while unsafe waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    let (status, waiting) = state.withLock { state in
      var raw: Int32 = 0
      while unsafe waitpid(processID, &raw, 0) < 0, errno == EINTR {}
      let signal = raw & 0x7f
      let status = signal == 0 ? (raw >> 8) & 0xff : 128 + signal
      state.status = status
      let waiting = state.waiting
      state.waiting = []
      return (status, waiting)
    }
    for continuation in waiting { continuation.resume(returning: status) }
  }

  private static func spawn(
    _ arguments: [String], _ environment: [String], _ output: String
  ) -> (processID: pid_t?, status: Int32) {
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
      unsafe posix_spawn_file_actions_destroy(&actions)
      unsafe posix_spawnattr_destroy(&attributes)
    }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
    for descriptor in InheritableDescriptors.current { unsafe posix_spawn_file_actions_addclose(&actions, descriptor) }
    var (none, all) = (sigset_t(), sigset_t())
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
    var variables: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup($0) }
    defer { unsafe (words + variables).forEach { unsafe free($0) } }
    unsafe words.append(nil)
    unsafe variables.append(nil)
    var processID: pid_t = 0
    let status = unsafe posix_spawn(&processID, arguments.first ?? "", &actions, &attributes, words, variables)
    return status == 0 ? (processID, 0) : (nil, status)
  }
}
