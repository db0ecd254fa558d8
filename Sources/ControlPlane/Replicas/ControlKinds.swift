internal import FoundationEssentials
package import Outbox
internal import Silo
package import SyncProtocol

/// All kinds of the control silo, both directions.
package enum ControlKinds {
  /// - Parameter sealing: the key that seals what control grants, so that a region can prove it to a restored control; nil where nothing
  ///   is sent.
  package static func registry(environment: ControlEnvironment, sealing: (@Sendable () -> SigningKey)? = nil)
    -> KindRegistry
  {
    KindRegistry(
      sources: ControlSources.all.map { source in
        guard let sealing else { return source }
        return source.sealing(by: sealing)
      }, interests: [InterestRows(), RingReleaseRows(), RingRegionRows(), RepairRows()],
      sinks: ReplicatedModels.toControl.map {
        UpstreamSink($0, slugRest: environment.limits.slugRest, now: environment.now)
      })
  }
}
