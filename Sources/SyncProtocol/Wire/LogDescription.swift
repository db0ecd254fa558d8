/// What a silo says about its own log.
public struct LogDescription: Sendable, Hashable {
  public let epoch: Epoch
  public let head: Position

  public init(epoch: Epoch, head: Position) {
    self.epoch = epoch
    self.head = head
  }
}

extension LogDescription {
  public init(_ reader: JSONReader) throws(JSONError) {
    epoch = try reader.field("epoch").epoch()
    head = try reader.field("head").position()
  }

  public var json: JSONValue { ["epoch": epoch.json, "head": .string(head.description)] }
}
