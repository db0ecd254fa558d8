/// The next batch, or what stands in its way.
public struct PullAnswer: Sendable, Hashable {
  public var answer: SyncAnswerDocument
  /// The newest manifest; a silo that trusts an older one fetches it.
  public var manifestVersion: Int64

  public init(answer: SyncAnswerDocument, manifestVersion: Int64) {
    self.answer = answer
    self.manifestVersion = manifestVersion
  }
}

extension PullAnswer: SyncMessage {
  public init(_ reader: JSONReader, content: [UInt8]) throws(JSONError) {
    answer = try SyncAnswerDocument(try reader.field("answer"), content: content)
    manifestVersion = try reader.field("manifest_version").decimal()
  }

  public var json: JSONValue { ["manifest_version": .decimal(manifestVersion), "answer": answer.json] }
  public var content: [UInt8] { answer.content }
}
