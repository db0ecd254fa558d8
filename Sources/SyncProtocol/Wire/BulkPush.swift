/// Delivers rows of the region's own that control asked for: its reply to ``SyncRequestDocument/bulk`` or to the last ``BulkPushAnswer``.
public struct BulkPush: Sendable, Hashable {
  public var session: String
  public var counter: Int64
  public var reply: BulkReplyDocument

  public init(session: String, counter: Int64, reply: BulkReplyDocument) {
    self.session = session
    self.counter = counter
    self.reply = reply
  }
}

extension BulkPush: SyncMessage {
  public init(_ reader: JSONReader, content: [UInt8]) throws(JSONError) {
    session = try reader.field("session").label()
    counter = try reader.field("counter").decimal()
    reply = try BulkReplyDocument(try reader.field("reply"), content: content)
  }

  public var json: JSONValue { ["session": .string(session), "counter": .decimal(counter), "reply": reply.json] }
  public var content: [UInt8] { reply.content }
}
