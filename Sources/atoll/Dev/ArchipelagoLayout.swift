import Outbox

/// Which silos there are, where their files are and where they listen.
struct ArchipelagoLayout: Sendable {
  /// Absolute path of the data directory.
  let root: String
  /// Control's port; regions follow in order.
  let basePort: Int
  let control: SiloFolder
  let regions: [SiloFolder]
  /// Control and the one region in one process.
  var isMonolith = false
  /// Settings of every private PostgreSQL.
  var databaseSettings: [String: String] = [:]
  /// What wakes the sequencers; the databases are set up for it.
  var wakeUp = WakeUp.poll
  var postgresBin: String?
  /// Applications behind regions, by the region's name.
  var upstreams: [String: String] = [:]
  /// Under which URL regions reach control; nil for its own.
  var controlURLOfRegions: String?
  /// How long one server may take to become ready.
  var patience: Duration = .seconds(60)

  init(root: String, basePort: Int, regions: [String]) {
    self.root = root
    self.basePort = basePort
    control = SiloFolder(name: "control", root: root)
    self.regions = regions.map { SiloFolder(name: $0, root: root) }
  }

  var folders: [SiloFolder] { [control] + regions }

  /// What every private PostgreSQL is started with.
  var serverSettings: [String: String] {
    wakeUp == .decoding ? databaseSettings.merging(["wal_level": "logical"]) { set, _ in set } : databaseSettings
  }

  /// What every server sees besides the flags it is given.
  var variables: [String: String] {
    wakeUp == .decoding ? [Setting.doorbell.variable: wakeUp.rawValue] : [:]
  }

  func address(of folder: SiloFolder) -> String {
    let index = folders.firstIndex { $0.name == folder.name } ?? 0
    return "127.0.0.1:\(basePort + index)"
  }

  func url(of folder: SiloFolder) -> String { "http://\(address(of: folder))" }

  func serveArguments(_ folder: SiloFolder) -> [String] {
    let common = [
      "--data", folder.keys, "--database-file", folder.connectionFile(.service), "--listen", address(of: folder),
      "--development", "--until-stdin-closes", "--log-format", "json",
    ]
    if isMonolith, let region = regions.first {
      return ["monolith", "serve"] + common + [
        "--region", region.name, "--region-data", region.keys, "--region-database-file",
        region.connectionFile(.service), "--region-listen", address(of: region), "--region-public-url", url(of: region),
      ]
    }
    if folder.isControl { return ["control", "serve"] + common }
    let upstream = upstreams[folder.name].map { ["--upstream", $0] } ?? []
    return ["region", "serve"] + common + ["--region", folder.name] + upstream
  }
}
