package import Outbox
internal import Silo
internal import SyncProtocol

/// Everything that this region sends and receives, made from the models that both silos share.
package enum RegionKinds {
  package static let registry = KindRegistry(
    sources: RegionSource.all, interests: [RepairRows()], sinks: ReplicatedModels.toRegion.map(sink))

  /// The replica table of a kind has the kind's name, in the schema `replica`.
  private static func sink(_ model: ReplicatedModel) -> any KindSink {
    TableSink(
      KindDeclaration(model.kind, key: model.keyType == .uuid ? .uuid : .text, lane: model.lane),
      table: TableName("replica", model.kind.name),
      key: column(model.keyColumn, model.keyType.rawValue),
      columns: model.fields.map { column($0.name, $0.type) })
  }

  /// Types become SQL text, so only known ones do.
  private static func column(_ name: String, _ type: String) -> ReplicaColumn {
    switch type {
    case "uuid": ReplicaColumn(name, "uuid")
    case "int8": ReplicaColumn(name, "int8")
    case "timestamptz": ReplicaColumn(name, "timestamptz")
    case "jsonb": ReplicaColumn(name, "jsonb")
    default: ReplicaColumn(name, "text")
    }
  }
}
