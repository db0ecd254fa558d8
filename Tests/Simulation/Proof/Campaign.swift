import SyncProtocol

/// Many seeds, each twice.
enum Campaign {
  struct Result: Sendable {
    var seeds = 0
    var failures: [String] = []
    var marks: Set<String> = []
  }

  /// Runs a seed twice and compares the hashes.
  static func run(_ seed: UInt64, planted: PlantedBug? = nil, twice: Bool = true) -> (
    violation: String?, marks: Set<String>
  ) {
    if let planted, DivergenceWorld.bugs.contains(planted) { return divergence(seed, planted: planted, twice: twice) }
    if let planted, RestoreWorld.bugs.contains(planted) { return restores(seed, planted: planted, twice: twice) }
    if let planted, WakeWorld.bugs.contains(planted) { return wake(seed, planted: planted, twice: twice) }
    let options = SimWorld.Options(seed: seed, planted: planted)
    let first = SimWorld(options)
    let hash = first.run()
    if twice, first.violation == nil {
      let second = SimWorld(options)
      let again = second.run()
      if hash != again { return ("two runs differ: \(hash) and \(again)", first.marks) }
    }
    guard planted == nil, first.violation == nil else { return (first.violation, first.marks) }
    let restores = restores(seed, planted: nil, twice: twice)
    guard restores.violation == nil else { return (restores.violation, first.marks.union(restores.marks)) }
    let divergence = divergence(seed, planted: nil, twice: twice)
    return (divergence.violation, first.marks.union(restores.marks).union(divergence.marks))
  }

  /// The small world of rows that rot and comparisons that find them.
  static func divergence(_ seed: UInt64, planted: PlantedBug?, twice: Bool) -> (violation: String?, marks: Set<String>)
  {
    guard let first = DivergenceWorld(seed: seed, planted: planted) else { return ("no world", []) }
    let hash = first.run()
    if twice, first.violation == nil, DivergenceWorld(seed: seed, planted: planted)?.run() != hash {
      return ("two runs of the comparisons differ", first.marks)
    }
    return (first.violation, first.marks)
  }

  /// The small world of commits that are decoded before they are visible.
  static func wake(_ seed: UInt64, planted: PlantedBug?, twice: Bool) -> (violation: String?, marks: Set<String>) {
    guard let first = WakeWorld(seed: seed, planted: planted) else { return ("no world", []) }
    let hash = first.run()
    if twice, first.violation == nil, WakeWorld(seed: seed, planted: planted)?.run() != hash {
      return ("two runs of the doorbell differ", first.marks)
    }
    return (first.violation, first.marks)
  }

  /// The small world of grants and restores of control.
  static func restores(_ seed: UInt64, planted: PlantedBug?, twice: Bool) -> (violation: String?, marks: Set<String>) {
    let first = RestoreWorld(seed: seed, planted: planted)
    let hash = first.run()
    if twice, first.violation == nil, RestoreWorld(seed: seed, planted: planted).run() != hash {
      return ("two runs of the restores differ", first.marks)
    }
    return (first.violation, first.marks)
  }

  /// Runs seeds in `workers` parallel tasks.
  static func run(_ seeds: Range<UInt64>, workers: Int = 2) async -> Result {
    await withTaskGroup(of: Result.self) { group in
      for worker in 0..<UInt64(workers) {
        group.addTask { @concurrent in
          var result = Result()
          for seed in seeds where seed % UInt64(workers) == worker {
            let (violation, marks) = run(seed)
            result.seeds += 1
            result.marks.formUnion(marks)
            if let violation { result.failures.append("\(violation); replay: \(replay(seed))") }
            if result.failures.count > 4 { break }
          }
          return result
        }
      }
      var whole = Result()
      for await part in group {
        whole.seeds += part.seeds
        whole.failures += part.failures
        whole.marks.formUnion(part.marks)
      }
      return whole
    }
  }

  static func replay(_ seed: UInt64, planted: PlantedBug? = nil) -> String {
    let bug = planted.map { "ATOLL_PLANTED=\($0.rawValue) " } ?? ""
    return "\(bug)ATOLL_SEED=\(seed) swift test --filter Simulation.ReplayTests"
  }
}
