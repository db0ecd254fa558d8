/// The rows that a ``BulkCall`` asked for, or when to come again.
public struct BulkCallAnswer: Sendable, Hashable {
  public var reply: BulkReplyDocument

  public init(reply: BulkReplyDocument) { self.reply = reply }
}

extension BulkCallAnswer: SyncMessage {
  public init(_ reader: JSONReader, content: [UInt8]) throws(JSONError) {
    reply = try BulkReplyDocument(try reader.field("reply"), content: content)
  }

  public var json: JSONValue { ["reply": reply.json] }
  public var content: [UInt8] { reply.content }
}
