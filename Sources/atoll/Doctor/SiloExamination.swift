import Logging
import Outbox
import Postgres

/// What every silo is examined for: its database, its schema, its log and its files.
struct SiloExamination: Sendable {
  let silo: ExaminedSilo
  let settings: Settings
  let client: PostgresClient
  let isDevelopment: Bool
  /// Where the server keeps its keys; nil when no directory was named.
  let directory: String?
  let poolSize: Int

  init(
    silo: ExaminedSilo, settings: Settings, database: Setting = .database, directory: Setting = .data
  ) throws {
    self.silo = silo
    self.settings = settings
    isDevelopment = try settings.bool(.development)
    poolSize = try settings.integer(.poolSize, default: 12, in: 2...200)
    self.directory = settings.string(directory)
    client = try Database.client(settings, database, maximumConnections: 2)
  }

  /// - Parameter more: further findings of the silo's own, asked for only if its schema is there.
  func findings(pause: Duration = .seconds(2), _ more: (PostgresConnection) async throws -> [Finding]) async
    -> [Finding]
  {
    var found: [Finding] = []
    if let directory {
      found += FileDiagnosis(directory: directory, isDevelopment: isDevelopment).findings
    }
    let schema = await schemaFindings()
    found += schema
    guard !schema.contains(where: { $0.code == .databaseUnreachable }) else { return found }
    let store = DatabaseFactsStore(
      silo: silo.rawValue, schemas: silo.schemas,
      witness: directory.map { LogWitness(path: "\($0)/\(silo.witness)") })
    do {
      try await client.withConnection { connection in
        let facts = try await store.read(on: connection, pause: pause)
        found += DatabaseDiagnosis(facts: facts, poolSize: poolSize, isDevelopment: isDevelopment).findings
        if let path = facts.settings["data_directory"] { found += FileDiagnosis.disk(path) }
        guard schema.isEmpty else { return }
        found += LogDiagnosis(facts: facts).findings
        found += try await more(connection)
      }
    } catch let error as PostgresError where error.isRefusal {
      found.append(Finding(.rightsMissing, "the login may not look: \(error)"))
    } catch {
      found.append(Finding(.databaseUnreachable, "the database stopped answering: \(error)"))
    }
    return found
  }

  /// Whether the database answers, and whether it is migrated by this program.
  private func schemaFindings() async -> [Finding] {
    do {
      for migrator in silo.migrators {
        let version = try await migrator.version(client)
        if version < migrator.migrations.count {
          return [
            Finding(
              .schemaBehind,
              "schema \(migrator.schema) is at version \(version), this program has \(migrator.migrations.count)")
          ]
        }
      }
      return []
    } catch let error as PostgresError {
      switch error.code {
      case .databaseNewerThanCode: return [Finding(.schemaNewer, "\(error)")]
      case .migrationChanged: return [Finding(.schemaChanged, "\(error)")]
      default:
        if error.isRefusal { return [Finding(.rightsMissing, "the login may not read the migrations: \(error)")] }
        return [Finding(.databaseUnreachable, "\(error)")]
      }
    } catch {
      return [Finding(.databaseUnreachable, "\(error)")]
    }
  }
}

extension PostgresError {
  /// Whether the server answered, and said that the login may not.
  fileprivate var isRefusal: Bool {
    guard case .server(let state) = code else { return false }
    return state == .insufficientPrivilege
  }
}
