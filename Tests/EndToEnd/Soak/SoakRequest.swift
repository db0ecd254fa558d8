import FoundationEssentials

/// What `make soak` asks of the campaigns over real processes. Nothing of it is set in `make test`, where they are skipped.
enum SoakRequest {
  /// Processes to be killed.
  static let kills = count("ATOLL_SOAK_KILLS")
  /// Primaries to be killed and followed by their standbys.
  static let failovers = count("ATOLL_SOAK_FAILOVERS")
  /// Seeds of the faults on the wires.
  static let wires = count("ATOLL_SOAK_WIRES")
  /// Effects that a campaign looks at, at least.
  static let effects = count("ATOLL_SOAK_EFFECTS") ?? 1000
  /// The same seed strikes the same places in the same order. When the strikes meet the work is the machine's.
  static let seed =
    ProcessInfo.processInfo.environment["ATOLL_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 1...999_999)

  private static func count(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
  }
}
