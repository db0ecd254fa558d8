import SyncProtocol

/// The configuration file: one JSON object, nested by the dots of a setting's name. Parsed strictly; unknown members are errors.
struct ConfigurationFile: Sendable {
  /// In bytes.
  static let maximumSize = 262_144

  let values: [Setting: String]

  init() { values = [:] }

  /// - Throws: ``CommandFailure`` when the file cannot be read, is not strict JSON, or holds an unknown member or a secret.
  init(path: String) throws {
    let bytes = try SecretFile.bytes(at: path, maximumBytes: Self.maximumSize)
    let document: JSONValue
    do { document = try JSONParser.parse(bytes) } catch {
      throw CommandFailure(.configuration, "\(path): not strict JSON (\(error))", advice: "mend the file")
    }
    var found: [Setting: String] = [:]
    try Self.flatten(document, prefix: "", path: path, into: &found)
    values = found
  }

  private static func flatten(
    _ value: JSONValue, prefix: String, path: String, into found: inout [Setting: String]
  ) throws {
    if case .object(let object) = value {
      for member in object.members {
        try flatten(
          member.value, prefix: prefix.isEmpty ? member.key : "\(prefix).\(member.key)", path: path, into: &found)
      }
      return
    }
    guard let setting = Setting(rawValue: prefix), setting != .config else {
      let near = Spelling.nearest(to: prefix, among: Setting.allCases.map(\.rawValue))
      throw CommandFailure(
        .configuration, "\(path): unknown key \"\(prefix)\"\(near.map { "; did you mean \"\($0)\"?" } ?? "")",
        advice: "see `atoll settings` for all names")
    }
    if setting.isSecret, let file = setting.file {
      throw CommandFailure(
        .configuration, "\(path): \"\(prefix)\" is a secret and must not stand in the configuration file",
        advice: "use \"\(file.rawValue)\" or \(setting.variable)")
    }
    switch value {
    case .string(let text): found[setting] = text
    case .integer(let number): found[setting] = String(number)
    case .bool(let flag): found[setting] = String(flag)
    default:
      throw CommandFailure(
        .configuration, "\(path): \"\(prefix)\" must be a string, a number or a boolean", advice: "mend the file")
    }
  }
}
