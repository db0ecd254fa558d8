import ArgumentParser

@main
struct Atoll: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "atoll", abstract: "One login, many islands.")
}
