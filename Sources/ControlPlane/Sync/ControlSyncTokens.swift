internal import Outbox
internal import Silo
internal import SyncProtocol
internal import Web

/// Read-your-writes at control: its tokens are signed with its stream key, those of regions are checked with theirs.
struct ControlSyncTokens: SyncTokenDesk {
  private let environment: ControlEnvironment
  private let keyring: ControlKeyring
  private let positions: AppliedPositions
  private let regions: RegionTokenKeys

  init(environment: ControlEnvironment, keyring: ControlKeyring, registry: KindRegistry) {
    self.environment = environment
    self.keyring = keyring
    regions = RegionTokenKeys(environment: environment)
    positions = AppliedPositions(
      client: environment.database.client, registry: registry, applied: environment.doorbell)
  }

  /// Every region's log arrives here.
  func concerns(_ token: SyncToken) -> Bool { true }

  func isGenuine(_ token: SyncToken) async throws -> Bool {
    if token.position.stream == .control { return token.isValid(by: keyring.manifest.keys) }
    return try await regions.isGenuine(token)
  }

  func wait(for positions: [SyncPosition], until deadline: ContinuousClock.Instant) async throws -> Bool {
    // What control itself committed is here.
    try await self.positions.wait(for: positions.filter { $0.stream != .control }, until: deadline)
  }

  func token(for written: WriteRecorder.Written) async throws -> SyncToken? {
    let position = try await environment.database.withConnection { control -> SyncPosition? in
      let transaction =
        switch written {
        case .transaction(let id): id
        case .outside: try await SyncPositionStore.fresh(on: control.connection)
        }
      return try await SyncPositionStore.epoch(on: control.connection).map {
        SyncPosition(stream: .control, epoch: $0, transaction: transaction)
      }
    }
    return try position.map { try SyncToken($0, signedBy: keyring.stream) }
  }
}
