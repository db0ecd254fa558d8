import ArgumentParser
import NIOHTTP1
import Outbox
import Postgres
import SyncProtocol

/// `atoll epoch bump --from N`: begins the epoch after N. For a database that was put back in a way that nothing can notice.
///
/// Naming the current epoch is the confirmation, and makes a repetition harmless: a log that has left N already stays where it is.
struct EpochBumpCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "bump", abstract: "Begin the log's next epoch by hand.",
    discussion: """
      Needed only after a restore that nothing could notice (docs/operations.md). Without --from it shows the current epoch and changes nothing. \
      Control's log through its API; a region's, or a stopped control's, with --through-database on its own machine.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions
  @OptionGroup var databaseOptions: DatabaseOptions

  @Flag(name: .long, help: "Work on the database of --database or --database-file instead of control's API.")
  var throughDatabase = false

  @Option(name: .long, help: "The epoch that the log is in now, as `atoll status` shows it: confirms.")
  var from: Int32?

  var flags: [Setting: String?] { operation.flags.merging(databaseOptions.flags) { $1 } }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    if let from, from < 1 {
      throw CommandFailure(.usage, "--from is an epoch, 1 or higher", advice: "atoll status shows it")
    }
    let epoch = throughDatabase ? try await direct(settings) : try await asked(settings)
    guard let from else {
      return CommandResult(
        epoch.value,
        lines: ["Epoch \(try epoch.field("epoch").integer(in: 0...Int64(Int32.max)))."]
          + ["Nothing was changed. To begin the next one: atoll epoch bump --from \(Self.number(epoch))"])
    }
    let now = Self.number(epoch)
    return CommandResult(
      epoch.value,
      lines: [
        now == from + 1
          ? "The log is in epoch \(now) now. Every peer compares its cursors at its next contact."
          : "The log has left epoch \(from) already: it is in epoch \(now). Nothing was changed."
      ])
  }

  private func asked(_ settings: Settings) async throws -> JSONReader {
    let client = try operation.client(settings)
    guard let from else {
      return try await client.call(.GET, "/api/v1/operator/status").field("log")
    }
    return try await client.call(.POST, "/api/v1/operator/epoch/bump", ["from": .integer(Int64(from))])
  }

  private func direct(_ settings: Settings) async throws -> JSONReader {
    let client = try Database.client(settings, maximumConnections: 2)
    defer { client.shutdown() }
    let from = from
    let epoch = try await client.withTransaction { connection in
      if let from { return try await EpochStore.bump(from: from, on: connection) }
      return try await EpochStore.current(on: connection)
    }
    guard let epoch else {
      throw CommandFailure(.unavailable, "this database's log has not begun", advice: "start its server once")
    }
    return JSONReader([
      "epoch": .integer(Int64(epoch.ordinal)), "parent": epoch.parent.map { .integer(Int64($0)) } ?? .null,
      "fork": .string(String(epoch.fork)), "cause": .string(epoch.cause.rawValue),
    ])
  }

  private static func number(_ epoch: JSONReader) -> Int64 {
    do { return try epoch.field("epoch").integer(in: 0...Int64(Int32.max)) } catch { return 0 }
  }
}
