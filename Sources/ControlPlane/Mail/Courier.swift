internal import FoundationEssentials
internal import Logging
internal import Outbox
internal import ServiceLifecycle

/// Hands letters over, outside of any transaction. A letter is tried until it was taken, was refused for good, or is of no use any more; a process
/// that dies between handing over and noting it sends the letter twice, under one `Message-ID`.
package struct Courier: Service {
  private let environment: ControlEnvironment
  private let postbox: Postbox

  package init(environment: ControlEnvironment) {
    self.environment = environment
    postbox = Postbox(environment: environment)
  }

  /// Letters taken at once, seconds for which they are this process's, and seconds between tries: doubling from the first to the last.
  private static let batch = 8
  private static let lease: Int64 = 120
  private static let firstPause: Int64 = 15
  private static let longestPause: Int64 = 3600
  private static let poll: Duration = .seconds(2)

  package func run() async throws {
    if environment.mail.transport == nil {
      environment.logger.warning("mail is not configured: set ATOLL_MAIL; letters wait until they expire")
    }
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        let seen = environment.letters.rings
        do {
          if try await pass() > 0 { continue }
        } catch is CancellationError {
          return
        } catch {
          environment.logger.warning("letters wait", metadata: ["error": "\(error)"])
        }
        _ = await environment.letters.wait(beyond: seen, limit: Self.poll)
      }
    }
  }

  /// Tries what is due; returns how many letters that were.
  package func pass() async throws -> Int {
    guard let transport = environment.mail.transport else { return 0 }
    let claimed = try await environment.database.withConnection { control in
      try await MailStore.claim(
        now: environment.now(), lease: environment.after(Self.lease), limit: Self.batch, on: control)
    }
    // At once, so that a server that answers slowly holds up nobody's letter until another process takes it again.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for letter in claimed { group.addTask { try await deliver(letter, by: transport) } }
      try await group.waitForAll()
    }
    return claimed.count
  }

  private func deliver(_ letter: MailStore.Claimed, by transport: any MailTransport) async throws {
    do {
      if letter.expires > environment.now() { try await transport.send(try postbox.open(letter)) }
    } catch let error as CancellationError {
      throw error
    } catch let failure as MailFailure where failure.isPermanent {
      environment.logger.warning("a letter was refused for good", metadata: ["reason": "\(failure)"])
    } catch {
      let pause = min(Self.longestPause, Self.firstPause << min(10, max(0, letter.attempt - 1)))
      environment.logger.warning(
        "a letter waits for another try", metadata: ["error": "\(error)", "attempt": "\(letter.attempt)"])
      try await environment.database.withConnection {
        try await MailStore.putOff(letter.id, until: environment.after(pause), on: $0)
      }
      return
    }
    try await environment.database.withConnection { try await MailStore.remove(letter.id, on: $0) }
  }
}
