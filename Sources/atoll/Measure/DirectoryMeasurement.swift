import ControlPlane
import FoundationEssentials
import Glibc
import Silo

/// The directory's map against bare dictionaries, in one process in turn.
struct DirectoryMeasurement {
  let organizations: Int
  let keys: Int
  /// Look-ups of one measurement, and how often all are made in turn.
  private static let lookUps = 300_000
  private static let rounds = 5
  private static let page = 10_000

  /// Nanoseconds of one look-up, the median of the rounds.
  struct Times: Sendable {
    var bare = 0.0
    var map = 0.0
  }

  struct Outcome: Sendable {
    let footprint: Int
    let resident: Int
    let slugs: Times
    let keys: Times
  }

  func run() -> Outcome {
    let before = Self.resident()
    let map = filled()
    let resident = Self.resident() - before
    var generator = SystemRandomNumberGenerator()
    let slugs = (0..<Self.lookUps).map { _ in Self.slug(Int.random(in: 0..<organizations, using: &generator)) }
    let publicKeys = (0..<Self.lookUps).map { _ in Self.key(Int.random(in: 0..<keys, using: &generator)) }
    let bareSlugs = Dictionary((0..<organizations).map { (Self.slug($0), $0) }, uniquingKeysWith: { first, _ in first })
    let slugTimes = Self.times(
      bare: { bareSlugs[slugs[$0]] ?? -1 },
      map: { map.organization(slug: slugs[$0]).map { Int($0.region.value) } ?? -1 })
    let bareKeys = Dictionary((0..<keys).map { (Self.key($0), $0) }, uniquingKeysWith: { first, _ in first })
    let keyTimes = Self.times(
      bare: { bareKeys[publicKeys[$0]] ?? -1 },
      map: { map.projectKey(publicKeys[$0]).map { Int($0.region.value) } ?? -1 })
    return Outcome(footprint: map.footprint, resident: resident, slugs: slugTimes, keys: keyTimes)
  }

  private func filled() -> DirectoryMap {
    let map = DirectoryMap()
    for start in stride(from: 0, to: organizations, by: Self.page) {
      var changes = DirectoryChanges()
      for number in start..<min(organizations, start + Self.page) {
        guard let region = RegionNumber(1 + number % 1000) else { continue }
        changes.organizations.append(.init(id: Self.id(number), slug: Self.slug(number), region: region))
        changes.slugs.append(.init(Self.slug(number), of: Self.id(number)))
      }
      map.apply(changes)
    }
    for start in stride(from: 0, to: keys, by: Self.page) {
      var changes = DirectoryChanges()
      changes.keys = (start..<min(keys, start + Self.page)).map {
        .init(Self.key($0), organization: Self.id($0 % organizations), project: Self.uuid(UInt64($0), 3))
      }
      map.apply(changes)
    }
    return map
  }

  private static func times(bare: (Int) -> Int, map: (Int) -> Int) -> Times {
    var bareTimes: [Double] = []
    var mapTimes: [Double] = []
    for _ in 0..<rounds {
      bareTimes.append(nanoseconds(bare))
      mapTimes.append(nanoseconds(map))
    }
    return Times(bare: bareTimes.sorted()[rounds / 2], map: mapTimes.sorted()[rounds / 2])
  }

  private static func nanoseconds(_ lookUp: (Int) -> Int) -> Double {
    var misses = 0
    let time = ContinuousClock().measure {
      for number in 0..<lookUps where lookUp(number) < 0 { misses += 1 }
    }
    let all = Double(time.components.seconds) * 1e9 + Double(time.components.attoseconds) / 1e9
    return misses == 0 ? all / Double(lookUps) : .infinity
  }

  // MARK: Names

  private static func slug(_ number: Int) -> String { "organization-\(number)" }

  private static func key(_ number: Int) -> String {
    uuid(UInt64(number), 1).uuidString.lowercased().filter { $0 != "-" }
  }

  private static func id(_ number: Int) -> OrganizationID { OrganizationID(uuid(UInt64(number), 2)) }

  /// The same at every run, and spread like random ones (SplitMix64).
  private static func uuid(_ number: UInt64, _ kind: UInt64) -> UUID {
    func mixed(_ value: UInt64) -> UInt64 {
      var z = value &+ 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    withUnsafeMutableBytes(of: &uuid) { bytes in
      bytes.storeBytes(of: mixed(number &* 8 &+ kind), toByteOffset: 0, as: UInt64.self)
      bytes.storeBytes(of: mixed(~number &* 8 &+ kind), toByteOffset: 8, as: UInt64.self)
    }
    return UUID(uuid: uuid)
  }

  /// Bytes of this process in memory.
  private static func resident() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    let parts = text.split(separator: " ")
    return parts.count > 1 ? (Int(parts[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
  }
}
