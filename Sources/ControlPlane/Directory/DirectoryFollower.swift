internal import Logging
internal import Outbox
internal import Postgres
internal import ServiceLifecycle
internal import Silo

/// Keeps a ``DirectoryMap`` current: reads everything once, page by page, each in its own short snapshot, then what changed since.
///
/// The feed of changes is asked for what the last snapshot did not see, so what commits late is not lost and nothing waits for the sequencer. With a file the
/// map is there before the database is: what was known last is served until it answers.
package final class DirectoryFollower: Service {
  /// After a failure.
  private static let pause = Duration.milliseconds(500)
  /// Between two writings of what relied on the default region.
  private static let usesPace = Duration.seconds(5)

  /// After a failed writing of the file.
  private static let filePause = Duration.seconds(10)

  /// What a reading brought.
  private enum Step: Sendable {
    case nothing
    case changes(DirectoryChanges)
    case everything
  }

  private let map: DirectoryMap
  private let environment: ControlEnvironment
  private let file: DirectoryFile?
  private let filePause: Duration
  private var database: SiloDatabase<ControlSilo> { environment.database }

  /// - Parameter filePause: before the file is tried again that could not be written; nil for the usual time.
  package init(map: DirectoryMap, environment: ControlEnvironment, filePause: Duration? = nil) {
    self.map = map
    self.filePause = filePause ?? Self.filePause
    self.environment = environment
    file = environment.directoryFile.map { DirectoryFile(path: $0, secretKey: environment.secretKey) }
  }

  package func run() async throws {
    map.follow(true)
    defer { map.follow(false) }
    await cancelWhenGracefulShutdown {
      var position = await self.restore()
      var isAway = false
      var pace = FollowerPace()
      while !Task.isCancelled {
        let rings = self.map.bell.rings
        var next = Self.pause
        do {
          let reading = try await self.read(after: position)
          position = reading.position
          next = pace.rest(after: reading.asked, everything: reading.everything)
          await self.record(reading.step, reading.position)
          if self.map.defaults.isDue(every: Self.usesPace) { try await self.writeUses() }
          isAway = false
        } catch is CancellationError {
          return
        } catch {
          // Once for each time away.
          if !isAway { self.warn("the directory's map is not current", error) }
          isAway = true
        }
        _ = await self.map.bell.wait(beyond: rings, limit: next)
      }
    }
  }

  /// Fills the map from the file; nil when there is none that can be used.
  @discardableResult
  package func restore() async -> DirectoryPosition? {
    guard let file else { return nil }
    do {
      guard let restored = try await file.restore(into: map) else { return nil }
      map.note(restoredFrom: restored.written)
      // What ends in something strange is written anew with the first reading of everything.
      return restored.isTorn ? nil : restored.position
    } catch {
      warn("the directory's file cannot be used", error)
      return nil
    }
  }

  /// Writes down what relied on the default region since the last time.
  package func writeUses() async throws {
    let counts = map.defaults.take()
    guard !counts.isEmpty else { return }
    do {
      try await database.withConnection { try await DefaultRegionStore.add(counts, at: environment.now(), on: $0) }
    } catch {
      map.defaults.giveBack(counts)
      throw error
    }
  }

  /// Reads what is new since `position`, or everything when nobody knows since when. One caller at a time: of two readings the older one must not end last.
  @discardableResult
  package func pass(after position: DirectoryPosition? = nil) async throws -> DirectoryPosition {
    let reading = try await read(after: position)
    await record(reading.step, reading.position)
    return reading.position
  }

  // MARK: Reading

  /// A reading: where the map stands then, what it brought, and what it cost.
  private struct Reading {
    let position: DirectoryPosition
    let step: Step
    let asked: Duration
    var everything: Duration?
  }

  private func read(after position: DirectoryPosition?) async throws -> Reading {
    let reading = map.beginReading()
    let read = try await advance(position)
    map.endReading(reading)
    return read
  }

  private func advance(_ position: DirectoryPosition?) async throws -> Reading {
    let began = ContinuousClock.now
    guard let position else { return try await all(asked: .zero) }
    let news = try await database.withConnection { try await DirectoryStore.news(since: position, on: $0) }
    let asked = began.duration(to: .now)
    switch news {
    case .nothing(let position): return Reading(position: position, step: .nothing, asked: asked)
    case .gap: return try await all(asked: asked)
    case .something:
      let (changes, next) = try await database.withTransaction(.repeatableRead(readOnly: true)) {
        try await DirectoryStore.changes(since: position, on: $0)
      }
      guard let changes else { return try await all(asked: asked) }
      map.apply(changes)
      return Reading(position: next, step: .changes(changes), asked: asked)
    }
  }

  private func all(asked: Duration) async throws -> Reading {
    let began = ContinuousClock.now
    let position = try await load()
    return Reading(position: position, step: .everything, asked: asked, everything: began.duration(to: .now))
  }

  /// Everything, beginning with the snapshot from which the changes are followed then.
  private func load() async throws -> DirectoryPosition {
    let (position, counts, regions) = try await database.withTransaction(.repeatableRead(readOnly: true)) { control in
      (
        try await DirectoryStore.position(on: control), try await DirectoryStore.counts(on: control),
        try await DirectoryStore.regions(on: control)
      )
    }
    map.reserve(organizations: counts.organizations, slugs: counts.slugs, keys: counts.keys)
    let mark = map.beginLoad()
    var changes = DirectoryChanges()
    changes.regions = regions
    map.apply(changes, mark: mark)
    try await pages(mark) { try await DirectoryStore.organizations(after: $0, on: $1) }
    try await pages(mark) { try await DirectoryStore.slugs(after: $0, on: $1) }
    try await pages(mark) { try await DirectoryStore.keys(after: $0, on: $1) }
    map.endLoad(mark)
    return position
  }

  private func pages(
    _ mark: UInt8,
    _ read: (_ after: String?, _ control: ControlConnection) async throws -> (rows: DirectoryChanges, last: String?)
  ) async throws {
    var after: String?
    repeat {
      let page = try await database.withConnection { try await read(after, $0) }
      map.apply(page.rows, mark: mark)
      after = page.last
      try Task.checkCancellation()
    } while after != nil
  }

  // MARK: The file

  /// Keeps the file as good as the map. That it cannot be written costs nothing but a restart without the database; it is tried again, whole.
  private func record(_ step: Step, _ position: DirectoryPosition) async {
    guard let file else { return }
    do {
      if let failed = map.fileFailedFor {
        guard failed >= filePause else { return }
        try await file.writeWhole(map, position, at: environment.seconds)
      } else {
        switch step {
        case .nothing: return
        case .changes(let changes):
          if try await file.append(changes, position, at: environment.seconds) {
            try await file.writeWhole(map, position, at: environment.seconds)
          }
        case .everything: try await file.writeWhole(map, position, at: environment.seconds)
        }
      }
      map.noteFile(isWritten: true)
    } catch {
      map.noteFile(isWritten: false)
      warn("the directory's file is not written", error)
    }
  }

  private func warn(_ message: Logger.Message, _ error: any Error) {
    environment.logger.warning(message, metadata: ["error": "\(error)"])
  }
}
