internal import Logging
internal import FoundationEssentials
internal import Outbox
internal import ServiceLifecycle

/// What has to be done now and then: keys move on, what expired is forgotten.
package struct Maintenance: Service {
  private let environment: ControlEnvironment
  private let tokenKeys: TokenKeys
  private let idTokenKeys: IDTokenKeys
  private let manifests: ManifestService
  private let interval: Duration

  package init(
    environment: ControlEnvironment, tokenKeys: TokenKeys, idTokenKeys: IDTokenKeys, manifests: ManifestService,
    interval: Duration = .seconds(2)
  ) {
    self.environment = environment
    self.tokenKeys = tokenKeys
    self.idTokenKeys = idTokenKeys
    self.manifests = manifests
    self.interval = interval
  }

  /// Rows that one pass deletes of each table at most.
  private static let batch = 1000

  package func run() async throws {
    await Rounds(pause: interval, complaint: "maintenance failed", logger: environment.logger).run {
      try await pass()
      return false
    }
  }

  /// One pass over everything.
  package func pass() async throws {
    try await tokenKeys.maintain()
    try await idTokenKeys.maintain()
    try await manifests.maintain()
    let now = environment.now()
    try await environment.database.withConnection { control in
      _ = try await SessionStore.prune(before: now.addingTimeInterval(-86_400), limit: Self.batch, on: control)
      _ = try await SessionRegionStore.lapse(before: now, limit: Self.batch, on: control)
      _ = try await APITokenStore.lapse(before: now.addingTimeInterval(-30 * 86_400), limit: Self.batch, on: control)
      _ = try await HalfLoginStore.prune(before: now, limit: Self.batch, on: control)
      _ = try await PasswordStore.pruneResets(before: now, limit: Self.batch, on: control)
      _ = try await EmailChangeStore.prune(before: now, limit: Self.batch, on: control)
      _ = try await ThrottleStore.prune(before: now.addingTimeInterval(-86_400), limit: Self.batch, on: control)
      let unused = now.addingTimeInterval(-Double(environment.limits.deviceLifetime))
      _ = try await DeviceStore.prune(before: unused, limit: Self.batch, on: control)
      _ = try await SignUpStore.prune(before: now, limit: Self.batch, on: control)
      _ = try await MailStore.prune(before: now, limit: Self.batch, on: control)
      _ = try await AuthorizationStore.prune(before: now, limit: Self.batch, on: control)
      _ = try await ClientAssertionStore.prune(before: now, limit: Self.batch, on: control)
      _ = try await LogoutNoticeStore.prune(before: now, limit: Self.batch, on: control)
      try await ClientStore.pruneSecrets(before: now, on: control)
      _ = try await AgentSessionStore.pruneNonces(before: now, limit: Self.batch, on: control)
      _ = try await AuditStore.prune(days: environment.auditDays, limit: Self.batch, on: control)
    }
    try await DirectoryUpkeep(environment: environment).pass()
  }
}
