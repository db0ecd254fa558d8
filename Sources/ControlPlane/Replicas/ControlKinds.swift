internal import FoundationEssentials
package import Outbox
internal import Silo

/// All kinds of the control silo, both directions.
package enum ControlKinds {
  package static func registry(environment: ControlEnvironment) -> KindRegistry {
    KindRegistry(
      sources: ControlSources.all, interests: [InterestRows()],
      sinks: ReplicatedModels.toControl.map {
        UpstreamSink($0, slugRest: environment.limits.slugRest, now: environment.now)
      })
  }
}
