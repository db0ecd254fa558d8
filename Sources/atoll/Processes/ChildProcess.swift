import Dispatch
import FoundationEssentials
import Glibc
import Postgres
import Synchronization

/// Another process of this program, started with its own log file and a pipe as standard input.
///
/// The child watches that pipe (`--until-stdin-closes`): when this process dies, by whatever means, the pipe closes and the child stops. So
/// even kill -9 leaves no server behind.
final class ChildProcess: Sendable {
  /// How often the end of a child is looked for.
  static let pollInterval: Duration = .milliseconds(50)

  let name: String
  let processID: pid_t
  private let standardInput: Int32
  private let state = Mutex<State>(.running)
  private let inputIsOpen = Mutex(true)

  private enum State {
    case running
    /// The raw status of `waitpid`.
    case ended(Int32)
  }

  /// Starts `executable` in a process group of its own, so that a terminal's Ctrl-C reaches this process only.
  /// - Throws: ``CommandFailure`` when it cannot be started.
  init(
    name: String, executable: String, arguments: [String], environment: [String: String], output: String,
    errors: String? = nil
  ) throws {
    self.name = name
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Self.failure(name, errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    if let errors {
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    } else {
      posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    }
    for descriptor in InheritableDescriptors.current { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var child: pid_t = 0
    let code = Self.withPointers([executable] + arguments) { argv in
      Self.withPointers(environment.map { "\($0.key)=\($0.value)" }.sorted()) { envp in
        posix_spawn(&child, executable, &actions, &attributes, argv, envp)
      }
    }
    guard code == 0 else {
      close(ends[1])
      throw Self.failure(name, code)
    }
    processID = child
    standardInput = ends[1]
  }

  /// How it ended, or nil while it runs: `exit 3` or `signal 9`.
  var end: String? {
    state.withLock { state in
      if case .running = state {
        var status: Int32 = 0
        if waitpid(processID, &status, WNOHANG) == processID { state = .ended(status) }
      }
      guard case .ended(let status) = state else { return nil }
      return status & 0x7F == 0 ? "exit \(status >> 8 & 0xFF)" : "signal \(status & 0x7F)"
    }
  }

  /// Returns when the child has ended.
  func waitUntilEnded() async throws -> String {
    while true {
      if let end { return end }
      try await Task.sleep(for: Self.pollInterval)
    }
  }

  /// Ends the child at once, as a crash would.
  func crash() async {
    if end == nil { kill(processID, SIGKILL) }
    while end == nil { await pause() }
    closeInput()
  }

  /// Closes the pipe once: its number may belong to another file afterwards.
  private func closeInput() {
    inputIsOpen.withLock { isOpen in
      if isOpen { close(standardInput) }
      isOpen = false
    }
  }

  /// Asks the child to stop, waits up to `grace`, then kills it. Runs to its end even when the caller is cancelled.
  func stop(grace: Duration = .seconds(10)) async {
    closeInput()
    if end == nil { kill(processID, SIGTERM) }
    let deadline = ContinuousClock.now + grace
    while end == nil {
      if ContinuousClock.now > deadline { kill(processID, SIGKILL) }
      await pause()
    }
  }

  /// A sleep that cancellation does not cut short.
  private func pause() async {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(50)) { continuation.resume() }
    }
  }

  private static func failure(_ name: String, _ code: Int32) -> CommandFailure {
    CommandFailure(
      .temporary, "\(name) could not be started: \(String(cString: strerror(code)))",
      advice: "check memory and process limits")
  }

  /// A NULL-terminated C array of C strings for the time of `body`.
  private static func withPointers<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        var end: UnsafeMutablePointer<CChar>?
        return body(&end)
      }
      return body(base)
    }
  }
}
