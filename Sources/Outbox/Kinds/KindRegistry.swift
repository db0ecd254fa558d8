public import SyncProtocol

/// All kinds that this process sends and receives. A value: build it once and hand it to sequencer, sender and applier.
public struct KindRegistry: Sendable {
  public private(set) var sources: [Kind: any KindSource] = [:]
  public private(set) var interests: [Kind: any InterestSource] = [:]
  public private(set) var sinks: [Kind: any KindSink] = [:]

  /// A later element with the same kind and role takes an earlier one's place.
  public init(
    sources: [any KindSource] = [], interests: [any InterestSource] = [], sinks: [any KindSink] = []
  ) {
    for source in sources { self.sources[source.declaration.kind] = source }
    for interest in interests { self.interests[interest.declaration.kind] = interest }
    for sink in sinks { self.sinks[sink.declaration.kind] = sink }
  }

  /// What the sending side declares in its database, ascending by name.
  public var declarations: [KindDeclaration] {
    (sources.values.map(\.declaration) + interests.values.map(\.declaration)).sorted { $0.kind < $1.kind }
  }

  /// What a snapshot covers of the kinds that this process receives, ascending by name.
  public var snapshotKinds: [SnapshotKind] {
    sinks.values.map(\.declaration).sorted { $0.kind < $1.kind }.map {
      SnapshotKind($0.kind, lane: $0.lane, order: $0.keyType.order)
    }
  }

  /// The lane in which rows of a kind are delivered; nil when this process does not send it.
  public func lane(of kind: Kind) -> Lane? { sources[kind]?.declaration.lane }
}
