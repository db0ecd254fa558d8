/// The next batch, or what stands in its way.
public struct PullAnswer: Sendable, Hashable {
  public var answer: SyncAnswerDocument
  /// The newest manifest; a silo that trusts an older one fetches it.
  public var manifestVersion: Int64
  /// There are questions at ``SyncPath/compare``. Said only to agents with ``Capability/compare``.
  public var compares: Bool
  /// Control's database was restored: what it granted to this region is wanted back at ``SyncPath/receipts``, under this name. Until then the
  /// region is not started over.
  public var reconcile: String?
  /// See ``TraceList``.
  public var traces: [String] = []

  public init(
    answer: SyncAnswerDocument, manifestVersion: Int64, compares: Bool = false, reconcile: String? = nil
  ) {
    self.answer = answer
    self.manifestVersion = manifestVersion
    self.compares = compares
    self.reconcile = reconcile
  }
}

extension PullAnswer: SyncMessage {
  public init(_ reader: JSONReader, content: [UInt8]) throws(JSONError) {
    answer = try SyncAnswerDocument(try reader.field("answer"), content: content)
    manifestVersion = try reader.field("manifest_version").decimal()
    compares = try reader.optional("compare")?.bool() ?? false
    reconcile = try reader.optional("reconcile")?.label()
    traces = TraceList.read(try reader.optional("traces"))
  }

  public var json: JSONValue {
    var object: JSONObject = ["manifest_version": .decimal(manifestVersion), "answer": answer.json]
    if compares { object["compare"] = true }
    if let reconcile { object["reconcile"] = .string(reconcile) }
    TraceList.write(traces, into: &object)
    return .object(object)
  }
  public var content: [UInt8] { answer.content }
}
