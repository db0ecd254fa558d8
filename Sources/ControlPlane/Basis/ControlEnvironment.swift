package import FoundationEssentials
package import Logging
package import Observability
package import Outbox
internal import Postgres
package import Silo
package import Web

/// What the parts of the control plane share: the database, time, randomness, the key that seals secrets, bounds and the log.
package struct ControlEnvironment: Sendable {
  package let database: SiloDatabase<ControlSilo>
  package let secretKey: SecretKey
  package let identifiers: IdentifierSource
  package let now: @Sendable () -> Date
  package let limits: ControlLimits
  package let logger: Logger
  /// Is told what the log, its receivers and appliers do.
  package var observer = OutboxObserver.none
  /// Is told what HTTP does.
  package var webObserver = WebObserver.none
  package var tracer = Tracer.none
  /// What else wakes the sequencer.
  package var wakeUp = WakeUp.poll
  /// The origin that people and programs know this control plane by.
  package var site = ControlSite.local
  /// Where mail goes.
  package var mail = MailSettings.none
  /// Where this process keeps the directory's map for a start while the database is away; nil for nowhere.
  package var directoryFile: String?
  /// Where it keeps its keys, sealed, for the same.
  package var keyringFile: String?
  /// Whose word about a caller's address counts.
  package var trustedProxies = TrustedProxies.none
  /// What new passwords cost to hash.
  package var passwordCosts = PasswordCosts.standard
  /// For how long browsers keep to TLS for ``site``, where that is a name over TLS.
  package var strictTransport = StrictTransport.year
  /// Days for which the audit trail is kept, 30 at least.
  package var auditDays = 400
  /// Calls URLs that others named.
  package var outbound = OutboundGuard()
  /// How requests are passed on to regions.
  package var gateway = GatewaySettings()
  /// Wakes the courier after a commit that put letters in.
  package let letters = Doorbell()
  /// Wakes the sequencer after a commit that others wait for.
  package let doorbell = Doorbell()

  package init(
    database: SiloDatabase<ControlSilo>, secretKey: SecretKey, identifiers: IdentifierSource = .system,
    now: @escaping @Sendable () -> Date = { Date() }, limits: ControlLimits = ControlLimits(), logger: Logger
  ) {
    self.database = database
    self.secretKey = secretKey
    self.identifiers = identifiers
    self.now = now
    self.limits = limits
    self.logger = logger
  }

  /// Runs `body` in a transaction that changes something, and wakes the sequencer after the commit.
  func write<T>(_ body: (ControlConnection) async throws -> T) async throws -> T {
    let (result, transaction) = try await tracer.span(.transaction) {
      try await database.withTransaction(.readCommitted) { control in
        let result = try await body(control)
        if let trace = Tracer.current, trace.isSampled {
          try await TraceStore.note(trace.description, on: control.connection)
        }
        let transaction =
          WriteRecorder.current == nil ? nil : try await SyncPositionStore.transaction(on: control.connection)
        try FaultPoint.hit(.captureBeforeCommit)
        return (result, transaction)
      }
    }
    doorbell.ring()
    if let transaction { WriteRecorder.current?.note(transaction) }
    return result
  }

  /// Seconds since 1970.
  package var seconds: Int64 { Int64(now().timeIntervalSince1970) }

  /// The moment so many seconds from now.
  package func after(_ seconds: Int64) -> Date { now().addingTimeInterval(Double(seconds)) }
}

/// A lease of a connection to control's database.
package typealias ControlConnection = SiloConnection<ControlSilo>
