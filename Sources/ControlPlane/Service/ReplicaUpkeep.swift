internal import Logging
package import Outbox
internal import ServiceLifecycle

/// Forgets the versions of rows that regions removed, once nothing older can come: control is called by regions and calls none of them, so nobody else does.
package struct ReplicaUpkeep: Service {
  private static let interval = Duration.seconds(60)

  private let environment: ControlEnvironment
  private let registry: KindRegistry

  package init(environment: ControlEnvironment, registry: KindRegistry) {
    self.environment = environment
    self.registry = registry
  }

  package func run() async throws {
    await Rounds(pause: Self.interval, complaint: "replicas could not be tidied", logger: environment.logger).run {
      try await pass()
      return false
    }
  }

  package func pass() async throws {
    try await PushReceiver.tidy(client: environment.database.client, registry: registry)
  }
}
