internal import Crypto
internal import FoundationEssentials
internal import Outbox
internal import Silo
internal import Web

/// Slows guessing: five free tries, then one second doubling to fifteen minutes, never for good. Per account, per network and, so that nobody
/// can keep a person out, apart for each device in which that person has logged in.
struct Throttle: Sendable {
  let environment: ControlEnvironment

  /// Passwords and codes.
  static let guesses = ThrottleStore.Schedule(free: 5, first: 1, longest: 900, memory: 3600)
  /// Letters to one address: whoever asks in its name cannot flood it.
  static let letters = ThrottleStore.Schedule(free: 5, first: 60, longest: 3600, memory: 86_400)
  /// Letters that one network asks for.
  static let networkLetters = ThrottleStore.Schedule(free: 100, first: 1, longest: 900, memory: 3600)

  /// A try that was let through.
  struct Ticket: Sendable {
    /// Counted when the try began.
    let counted: ThrottleStore.Key?
    /// Counted when it fails.
    let onFailure: [ThrottleStore.Key]
    /// The device that the person is known by.
    let device: [UInt8]?
    /// Whether this try used up the free ones.
    let isLastFree: Bool
  }

  /// Lets a login begin.
  ///
  /// A try counts for the account, or for the device that the person is known by, from the beginning, so that many at once are not more than many in a
  /// row. For the network it counts when it has failed: a thousand people behind one address log in at nine.
  /// - Throws: ``ControlError/Code/tooManyAttempts``
  func login(_ email: EmailAddress?, _ entered: String, device: String?, from caller: Caller) async throws -> Ticket {
    let account = key(.account, Array((email?.uniquenessKey ?? entered).utf8))
    let network = key(.network, caller.address.network)
    let now = environment.now()
    return try await environment.database.withTransaction { control in
      if let device, let email, TokenFormat.device.recognizes(device) {
        let digest = TokenFormat.digest(of: device)
        if try await DeviceStore.isKnown(digest, email: email, on: control) {
          let own = key(.device, digest)
          let failures = try await begin(own, Self.guesses, now, on: control)
          return Ticket(
            counted: own, onFailure: [], device: digest, isLastFree: failures == Self.guesses.free)
        }
      }
      try refuse(try await ThrottleStore.wait(network, now: now, on: control), now)
      let failures = try await begin(account, Self.guesses, now, on: control)
      return Ticket(counted: account, onFailure: [network], device: nil, isLastFree: failures == Self.guesses.free)
    }
  }

  /// Lets a guess of the password of a sign-up begin.
  /// - Throws: ``ControlError/Code/tooManyAttempts``
  func guess(signUp digest: [UInt8]) async throws -> Ticket { try await guess(key(.signUp, digest), device: nil) }

  /// Lets a guess of something that belongs to a person begin: their second factor, or their password asked for again.
  /// - Throws: ``ControlError/Code/tooManyAttempts``
  func guess(_ scope: ThrottleStore.Scope, of user: UserID, device: [UInt8]? = nil) async throws -> Ticket {
    try await guess(key(scope, Array(user.description.utf8) + (device ?? [])), device: device)
  }

  private func guess(_ key: ThrottleStore.Key, device: [UInt8]?) async throws -> Ticket {
    let now = environment.now()
    return try await environment.database.withTransaction { control in
      let failures = try await begin(key, Self.guesses, now, on: control)
      return Ticket(counted: key, onFailure: [], device: device, isLastFree: failures == Self.guesses.free)
    }
  }

  /// Counts a login or guess that failed.
  func failed(_ ticket: Ticket) async throws {
    let now = environment.now()
    try await environment.database.withTransaction { control in
      for key in ticket.onFailure {
        _ = try await ThrottleStore.count(key, Self.guesses, now: now, evenWhileWaiting: true, on: control)
      }
    }
  }

  /// Notes in the audit trail that somebody guesses, once a series: a row for each guess would let strangers fill it.
  func note(_ ticket: Ticket, _ action: String, of user: UserID) async throws {
    guard ticket.isLastFree else { return }
    try await environment.database.withConnection {
      try await AuditStore.append(.system, action, user.description, on: $0)
    }
  }

  /// Counts a login or guess that was right, in the transaction that it leads to.
  func succeeded(_ ticket: Ticket, on control: ControlConnection) async throws {
    if let counted = ticket.counted { try await ThrottleStore.clear(counted, on: control) }
  }

  /// A try that came to no end, because the server had no time for it, counts for nothing.
  func abandoned(_ ticket: Ticket) async throws {
    guard let counted = ticket.counted else { return }
    try await environment.database.withConnection {
      try await ThrottleStore.takeBack(counted, Self.guesses, on: $0)
    }
  }

  /// Forgets what was counted for an account: its person has shown that the mail of its address is theirs.
  func forgive(_ email: EmailAddress, on control: ControlConnection) async throws {
    try await ThrottleStore.clear(key(.account, Array(email.uniquenessKey.utf8)), on: control)
  }

  /// What a letter is for. Each kind is counted apart: strangers who sign up with an address do not keep its person from a new password.
  enum Purpose: String, Sendable {
    case signUp, reset, emailChange
  }

  /// Whether a letter to this address may go out. If not, nobody is told: the answer is the same.
  /// - Throws: ``ControlError/Code/tooManyAttempts`` when the caller's network asked for too many letters.
  func letter(_ purpose: Purpose, to email: EmailAddress, from caller: Caller) async throws -> Bool {
    let now = environment.now()
    return try await environment.database.withTransaction { control in
      _ = try await begin(key(.networkLetters, caller.address.network), Self.networkLetters, now, on: control)
      let address = key(.letters, Array("\(purpose.rawValue)\n\(email.uniquenessKey)".utf8))
      return try await ThrottleStore.count(address, Self.letters, now: now, evenWhileWaiting: false, on: control) != nil
    }
  }

  private func begin(
    _ key: ThrottleStore.Key, _ schedule: ThrottleStore.Schedule, _ now: Date, on control: ControlConnection
  ) async throws -> Int {
    if let count = try await ThrottleStore.count(key, schedule, now: now, evenWhileWaiting: false, on: control) {
      return count
    }
    let until = try await ThrottleStore.wait(key, now: now, on: control)
    try refuse(until ?? now.addingTimeInterval(1), now)
    return 0
  }

  private func refuse(_ until: Date?, _ now: Date) throws {
    guard let until else { return }
    let seconds = max(1, Int(until.timeIntervalSince(now).rounded(.up)))
    throw ControlError(.tooManyAttempts, "Try again in \(seconds) seconds.", retryAfter: seconds)
  }

  /// A keyed digest: the table names nobody, even to who reads a backup.
  private func key(_ scope: ThrottleStore.Scope, _ bytes: [UInt8]) -> ThrottleStore.Key {
    let secret = SymmetricKey(data: environment.secretKey.derived(for: "throttle"))
    let code = HMAC<SHA256>.authenticationCode(for: Array("\(scope.rawValue)\n".utf8) + bytes, using: secret)
    return ThrottleStore.Key(scope: scope, digest: Array(code))
  }
}
