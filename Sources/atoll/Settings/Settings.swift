import Configuration
import Logging
import Postgres

/// The configuration of one process: flags before environment before file.
struct Settings: Sendable {
  /// Variables beside ``Setting`` that may begin with `ATOLL_`: they steer tests and the build, never a server's meaning.
  static let toleratedVariables: Set<String> = ["ATOLL_FAULT", "ATOLL_BINARY", "ATOLL_TEST_TARGETS"]

  private let reader: ConfigReader

  /// - Throws: ``CommandFailure`` when the environment or the file holds an unknown key, or the file cannot be read.
  init(flags: [Setting: String], environment: [String: String]) throws {
    try Self.refuseUnknown(environment)
    let path = flags[.config] ?? environment[Setting.config.variable]
    let file = try path.map(ConfigurationFile.init(path:)) ?? ConfigurationFile()
    let given = flags.map { (Self.absolute($0.key), Self.value($0.value, $0.key)) }
    let own = environment.filter { $0.key.hasPrefix("ATOLL_") }
    reader = ConfigReader(providers: [
      InMemoryProvider(name: "flags", values: Dictionary(uniqueKeysWithValues: given)),
      EnvironmentVariablesProvider(
        environmentVariables: own, secretsSpecifier: .dynamic { key, _ in Self.secretVariables.contains(key) }),
      InMemoryProvider(
        name: "file",
        values: Dictionary(
          uniqueKeysWithValues: file.values.map { (Self.absolute($0.key), Self.value($0.value, $0.key)) })),
    ])
  }

  /// The value, or nil when no source holds one or it is empty.
  func string(_ setting: Setting) -> String? {
    let text = reader.string(forKey: Self.relative(setting), isSecret: setting.isSecret)
    return text.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// - Throws: ``CommandFailure`` that names every way to give it.
  func required(_ setting: Setting) throws -> String {
    if let text = try setting.file == nil ? string(setting) : secret(setting) { return text }
    let ways = setting.file.map { "\($0.flag) or \($0.variable)" } ?? "\(setting.flag) or \(setting.variable)"
    throw CommandFailure(.configuration, "\(setting.rawValue) is not set", advice: "give \(ways) (\(setting.summary))")
  }

  func bool(_ setting: Setting) throws -> Bool {
    switch string(setting) {
    case nil, "false", "0", "no": return false
    case "true", "1", "yes": return true
    default: throw invalid(setting, "true or false")
    }
  }

  func integer(_ setting: Setting, default standard: Int, in range: ClosedRange<Int>) throws -> Int {
    guard let text = string(setting) else { return standard }
    guard let number = Int(text), range.contains(number) else {
      throw invalid(setting, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// One of the cases of a closed set.
  func choice<Choice: RawRepresentable & CaseIterable>(_ setting: Setting, default standard: Choice) throws -> Choice
  where Choice.RawValue == String {
    guard let text = string(setting) else { return standard }
    guard let choice = Choice(rawValue: text) else {
      throw invalid(setting, Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }

  /// A value that may also stand in a file: the value itself, else the file's content without the last line feed.
  /// - Throws: ``CommandFailure`` when the file cannot be read or others than its owner may read it.
  func secret(_ setting: Setting) throws -> String? {
    if let text = string(setting) { return text }
    guard let file = setting.file, let path = string(file) else { return nil }
    return try SecretFile(path: path).text(maximumBytes: 65_536)
  }

  func invalid(_ setting: Setting, _ expected: String) -> CommandFailure {
    CommandFailure(
      .configuration, "\(setting.rawValue) has a value that is not understood",
      advice: "use \(expected) in \(setting.flag) or \(setting.variable)")
  }

  private static let secretVariables = Set(Setting.allCases.filter(\.isSecret).map(\.variable))

  private static func refuseUnknown(_ environment: [String: String]) throws {
    let known = Set(Setting.allCases.map(\.variable)).union(toleratedVariables)
    for name in environment.keys.sorted() where name.hasPrefix("ATOLL_") && !known.contains(name) {
      let near = Spelling.nearest(to: name, among: known.sorted()).map { "; did you mean \($0)?" } ?? ""
      throw CommandFailure(
        .configuration, "unknown environment variable \(name)\(near)", advice: "see `atoll settings` for all names")
    }
  }

  private static func relative(_ setting: Setting) -> ConfigKey {
    ConfigKey(["atoll"] + setting.rawValue.split(separator: ".").map(String.init))
  }

  private static func absolute(_ setting: Setting) -> AbsoluteConfigKey { AbsoluteConfigKey(relative(setting)) }

  private static func value(_ text: String, _ setting: Setting) -> ConfigValue {
    ConfigValue(.string(text), isSecret: setting.isSecret)
  }
}
