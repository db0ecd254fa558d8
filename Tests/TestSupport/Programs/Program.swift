import Dispatch
import FoundationEssentials
import Glibc

/// Runs a program to its end, such as `pg_dump` or `cp`.
public enum Program {
  /// A program that did not end with 0, with the last of what it said.
  public struct Failure: Error, CustomStringConvertible {
    public let command: String
    public let status: Int32
    public let output: String

    public var description: String { "\(command) ended with \(status): \(output.suffix(2000))" }
  }

  private static let queue = DispatchQueue(label: "test.programs", attributes: .concurrent)

  /// What it wrote to standard output and standard error, together.
  ///
  /// - Parameter asServerUser: as the account that embedded servers run under, when this process is root.
  /// - Throws: ``Failure`` unless the exit status is 0.
  @discardableResult
  public static func run(
    _ arguments: [String], environment: [String: String] = [:], asServerUser: Bool = false
  ) async throws -> String {
    let command = (asServerUser ? serverUserPrefix : []) + arguments
    let variables = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "TZ": "UTC"]
      .merging(environment) { $1 }
    return try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try runBlocking(command, variables) }) }
    }
  }

  /// Words that run a command as the account of embedded servers; none when this process is not root.
  public static let serverUserPrefix: [String] = {
    guard geteuid() == 0 else { return [] }
    let user = ServerPrograms.account
    let group = user == "nobody" ? "nogroup" : user
    return ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups", "--"]
  }()

  private static func runBlocking(_ arguments: [String], _ environment: [String: String]) throws -> String {
    let output = "/tmp/atoll-program-\(UUID().uuidString)"
    defer { unlink(output) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // A program that inherits a socket keeps the connection open after its owner closed it.
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in 3..<(open.compactMap { Int32($0) }.max() ?? 255) + 64 {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var child: pid_t = 0
    var arguments = arguments.map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    let command = arguments.compactMap { $0.map { String(cString: $0) } }.joined(separator: " ")
    let code = posix_spawnp(&child, arguments[0] ?? strdup(""), &actions, nil, &arguments, &variables)
    guard code == 0 else { throw Failure(command: command, status: code, output: String(cString: strerror(code))) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
    let end = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    guard end == 0 else { throw Failure(command: command, status: end, output: text) }
    return text
  }
}
