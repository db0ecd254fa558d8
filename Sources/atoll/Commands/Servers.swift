import Logging
import ServiceLifecycle
import UnixSignals

/// Runs servers until one fails or the process is asked to stop: SIGTERM, SIGINT or, for children, the end of standard input.
enum Servers {
  /// Pools first: they start before and stop after what uses them.
  static func run(_ services: [any Service], untilStandardInputEnds: Bool, logger: Logger) async throws {
    OpenFiles.raise()
    var configured = services.map { service in
      ServiceGroupConfiguration.ServiceConfiguration(
        service: service, failureTerminationBehavior: .gracefullyShutdownGroup)
    }
    if untilStandardInputEnds {
      configured.append(
        .init(
          service: StandardInputEnd(), successTerminationBehavior: .gracefullyShutdownGroup,
          failureTerminationBehavior: .gracefullyShutdownGroup))
    }
    var configuration = ServiceGroupConfiguration(
      services: configured, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(10)
    configuration.maximumCancellationDuration = .seconds(5)
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch is CancellationError {
      // A child that was asked to stop says so in this way; it is not a failure.
      logger.debug("stopped")
    }
  }
}
