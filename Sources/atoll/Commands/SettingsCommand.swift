import ArgumentParser
import SyncProtocol

/// `atoll settings`: every configuration key with its flag, variable and meaning.
struct SettingsCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "settings", abstract: "List every configuration key with its flag and environment variable.")

  @OptionGroup var common: CommonOptions

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let rows = Setting.allCases.map { setting in
      [setting.rawValue, setting.isSecret ? "-" : setting.flag, setting.variable, setting.summary]
    }
    let json = Setting.allCases.map { setting -> JSONValue in
      [
        "key": .string(setting.rawValue), "flag": setting.isSecret ? .null : .string(setting.flag),
        "variable": .string(setting.variable), "secret": .bool(setting.isSecret), "summary": .string(setting.summary),
      ]
    }
    return CommandResult(.array(json), lines: TextTable.lines(["KEY", "FLAG", "VARIABLE", "MEANING"], rows))
  }
}
