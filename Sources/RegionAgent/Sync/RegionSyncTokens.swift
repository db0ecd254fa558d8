internal import Outbox
internal import Silo
internal import SyncProtocol
internal import Web

/// Read-your-writes in a region: its tokens are signed with its stream key, control's are checked with those of the manifest.
struct RegionSyncTokens: SyncTokenDesk {
  private let database: SiloDatabase<RegionSilo>
  private let link: ControlLink
  private let positions: AppliedPositions
  private let passes: ProvisionPasses
  private let issued: @Sendable () async -> Void

  /// - Parameter issued: called for each token: somebody may soon ask control for what it names.
  init(
    database: SiloDatabase<RegionSilo>, link: ControlLink, positions: AppliedPositions, passes: ProvisionPasses,
    issued: @escaping @Sendable () async -> Void
  ) {
    self.database = database
    self.link = link
    self.positions = positions
    self.passes = passes
    self.issued = issued
  }

  /// Nothing of another region ever comes here.
  func concerns(_ token: SyncToken) -> Bool {
    token.position.stream == .control || token.position.stream == link.identity.silo
  }

  func isGenuine(_ token: SyncToken) async throws -> Bool {
    if token.position.stream == .control { return token.isValid(by: await link.manifest.keys) }
    return token.isValid(by: [KnownKey(key: link.identity.streamKey.verificationKey, purpose: .stream)])
  }

  func wait(for positions: [SyncPosition], until deadline: ContinuousClock.Instant) async throws -> Bool {
    // What this region itself committed is here.
    let awaited = positions.filter { $0.stream == .control }
    guard !awaited.isEmpty else { return true }
    guard try await self.positions.wait(for: awaited, until: deadline) else { return false }
    // An organization or a membership is there when what follows from its grant is done.
    let isSettled = try await database.withConnection { try await ProvisionTaskStore.peek(after: 0, on: $0) } == nil
    return isSettled ? true : await passes.next(until: deadline)
  }

  func token(for written: WriteRecorder.Written) async throws -> SyncToken? {
    let position = try await database.withConnection { connection -> SyncPosition? in
      let transaction =
        switch written {
        case .transaction(let id): id
        case .outside: try await SyncPositionStore.fresh(on: connection.connection)
        }
      return try await SyncPositionStore.epoch(on: connection.connection).map {
        SyncPosition(stream: link.identity.silo, epoch: $0, transaction: transaction)
      }
    }
    await issued()
    return try position.map { try SyncToken($0, signedBy: link.identity.streamKey) }
  }
}
