import FoundationEssentials
import Glibc
import NIOHTTP1
import Postgres
import SyncProtocol

@testable import atoll

/// What a history shows to be broken.
struct Violation: Error, CustomStringConvertible {
  let place: String
  let found: [String]
  var description: String { "after \(place): " + found.joined(separator: "; ") }
}

/// Writes with unique tokens and what became of each, checked against what the other silo ends up with.
///
/// Everything asked for and its outcome is also written to `history.log` beside the data, which is kept when a test fails.
struct History: Sendable {
  enum Outcome: String, Sendable {
    case ok
    case failed
    /// No answer: it may or may not have happened.
    case unknown
  }

  struct Write: Sendable {
    let slug: String
    let outcome: Outcome
  }

  let organization: Person.Organization
  private(set) var projects: [Write] = []
  /// In the order in which they were asked for, one after the other.
  private(set) var names: [Write] = []
  /// Organizations asked for, whose operation must end by itself.
  private(set) var organizations: [Person.Organization] = []
  /// Organizations whose deletion was confirmed: they stay deleted.
  private(set) var deleted: [Person.Organization] = []
  private var cursors: [String: Int64] = [:]
  private var found: [String] = []

  init(organization: Person.Organization) { self.organization = organization }

  /// A few writes on both sides, whatever dies meanwhile.
  mutating func work(as owner: Person, _ islands: Islands) async {
    let path = "/api/0/organizations/\(organization.id)"
    let client = try? await owner.region(of: organization.id)
    for _ in 0..<3 {
      let token = "p-\(UUID().uuidString.lowercased())"
      let body: JSONValue = ["slug": .string(token), "name": .string(token)]
      projects.append(Write(slug: token, outcome: await Self.attempt(client, .POST, "\(path)/projects", body)))
      let name = "name \(token)"
      names.append(Write(slug: name, outcome: await Self.attempt(client, .PUT, "\(path)/", ["name": .string(name)])))
      for write in [projects.last, names.last] {
        note("write \(write?.slug ?? "") \(write?.outcome.rawValue ?? "")", islands)
      }
    }
    if let old = organizations.first, let client = try? await owner.region(of: old.id) {
      let outcome = await Self.attempt(client, .DELETE, "/api/0/organizations/\(old.id)/", nil)
      if case .ok = outcome {
        deleted.append(old)
        note("delete \(old.slug)", islands)
        organizations.removeFirst()
      }
    }
    if let asked = try? await owner.requestOrganization(region: "eu") {
      organizations.append(asked)
      note("organization \(asked.slug)", islands)
    }
  }

  private func note(_ line: String, _ islands: Islands) { Self.note(line, islands) }

  /// Adds a line to `history.log`.
  static func note(_ line: String, _ islands: Islands) {
    let file = open("\(islands.layout.root)/history.log", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard file >= 0 else { return }
    defer { close(file) }
    let bytes = Array((line + "\n").utf8)
    _ = write(file, bytes, bytes.count)
  }

  private mutating func expect(_ isSo: Bool, _ otherwise: String) {
    if !isSo { found.append(otherwise) }
  }

  private static func attempt(
    _ client: JSONClient?, _ method: HTTPMethod, _ path: String, _ body: JSONValue?
  ) async -> Outcome {
    guard let client else { return .failed }
    do {
      let answer = try await client.send(method, path, body)
      return (200..<300).contains(answer.status) ? .ok : answer.status < 500 ? .failed : .unknown
    } catch { return .unknown }
  }

  /// Waits until both silos agree, then looks for lost, phantom, duplicate and reordered changes and for cursors that went back.
  /// - Throws: ``Violation``, ``NotInTime``
  mutating func check(_ islands: Islands, after place: String) async throws {
    let eu = try islands.region("eu")
    let id = organization.id
    func slugs(in table: SQL) -> SQL {
      "SELECT slug FROM \(table) WHERE organization_id = \(id)::uuid AND slug LIKE 'p-%' ORDER BY slug"
    }
    let (source, replica) = (slugs(in: "region.project"), slugs(in: "directory.project"))
    let kept = try await eventually("the same projects on both sides after \(place)") {
      let there = try await Self.strings(source, in: eu, islands)
      return try await Self.strings(replica, in: islands.control, islands) == there ? there : nil
    }
    let asked = Set(projects.map(\.slug))
    note("check after \(place): \(kept.count) projects", islands)
    expect(Set(kept).count == kept.count, "duplicate projects")
    expect(Set(kept).isSubset(of: asked), "phantom projects \(Set(kept).subtracting(asked).sorted())")
    for write in projects {
      if case .ok = write.outcome { expect(kept.contains(write.slug), "lost \(write.slug)") }
      if case .failed = write.outcome { expect(!kept.contains(write.slug), "refused, but there: \(write.slug)") }
    }
    try await checkName(islands, eu, after: place)
    try await checkCursors(islands, after: place)
    try await checkOrganizations(islands, eu, after: place)
    guard found.isEmpty else { throw Violation(place: place, found: found) }
  }

  /// What was deleted is gone and what was asked for is there, each with one question: there are more of them after each strike.
  private func checkOrganizations(_ islands: Islands, _ eu: SiloFolder, after place: String) async throws {
    let gone = deleted.map(\.id)
    try await eventually("organizations that were deleted are gone from eu after \(place)") {
      try await islands.count(
        in: eu, "SELECT count(*) FROM replica.organization_home WHERE id = ANY(\(gone)::text[]::uuid[])") == 0
    }
    let operations = organizations.map(\.operation)
    try await eventually("organizations that were asked for are provisioned after \(place)") {
      try await islands.count(
        in: islands.control,
        """
        SELECT count(*) FROM directory.operation WHERE id = ANY(\(operations)::text[]::uuid[]) AND state = 'done'
        """) == Int64(operations.count)
    }
  }

  /// No row was given up: storage and network trouble is waited out, never answered by skipping.
  func expectNothingQuarantined(_ islands: Islands) async throws {
    for folder in islands.layout.folders {
      let rows = try await islands.count(in: folder, "SELECT count(*) FROM outbox.quarantine")
      guard rows == 0 else {
        throw Violation(place: "the end", found: ["\(rows) rows are quarantined in \(folder.name)"])
      }
    }
  }

  /// The last name that anybody was told is the name, or a later one of unknown outcome; on both sides.
  private mutating func checkName(_ islands: Islands, _ eu: SiloFolder, after place: String) async throws {
    let id = organization.id
    let name = try await eventually("the same name on both sides after \(place)") {
      let here = try await Self.strings("SELECT name FROM region.organization WHERE id = \(id)::uuid", in: eu, islands)
      let there = try await Self.strings(
        "SELECT name FROM directory.organization WHERE id = \(id)::uuid", in: islands.control, islands)
      return here == there ? here.first : nil
    }
    guard let last = names.lastIndex(where: { if case .ok = $0.outcome { true } else { false } }) else { return }
    let allowed = names[last...].filter { if case .failed = $0.outcome { false } else { true } }.map(\.slug)
    expect(allowed.contains(name), "reordered: \(name)")
  }

  /// Within an epoch a cursor only rises.
  private mutating func checkCursors(_ islands: Islands, after place: String) async throws {
    for folder in islands.layout.folders {
      let rows = try await islands.withDatabase(of: folder) { client in
        try await client.query("SELECT stream::text || ' ' || lane || ' ' || epoch_id, position FROM outbox.cursor")
          .decode((String, Int64).self)
      }
      for (name, position) in rows {
        let key = "\(folder.name) \(name)"
        expect(position >= cursors[key] ?? 0, "cursor \(key) went back")
        cursors[key] = position
      }
    }
  }

  private static func strings(_ query: SQL, in folder: SiloFolder, _ islands: Islands) async throws -> [String] {
    try await islands.withDatabase(of: folder) { client in try await client.query(query).decode(String.self) }
  }
}
