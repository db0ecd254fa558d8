/// What a receiver says it has applied of one lane, on the wire.
public struct CursorClaimDocument: Sendable, Hashable {
  public var lane: Lane
  /// Nil: nothing yet.
  public var cursor: Cursor?
  /// The highest head of any batch applied on this lane in the cursor's epoch.
  public var seen: Position
  /// The envelope of the batch that led to the cursor, for a sender that does not know the place any more.
  public var proof: BatchEnvelope?

  public init(lane: Lane, cursor: Cursor?, seen: Position, proof: BatchEnvelope? = nil) {
    self.lane = lane
    self.cursor = cursor
    self.seen = seen
    self.proof = proof
  }

  /// The claim, proven if the envelope is the sender's own, for this receiver, and ends at this cursor.
  ///
  /// - Parameters:
  ///   - receiver: The authenticated peer.
  ///   - stream: The silo that is asked.
  ///   - key: What that silo knows about its own stream keys.
  public func claim(of receiver: SiloNumber, on stream: SiloNumber, key: (String) -> KnownKey?) -> CursorClaim {
    CursorClaim(
      lane: lane, cursor: cursor, seen: seen, isProven: isProven(of: receiver, on: stream, key: key))
  }

  private func isProven(of receiver: SiloNumber, on stream: SiloNumber, key: (String) -> KnownKey?) -> Bool {
    guard let cursor, let proof, proof.stream == stream, proof.audience == receiver, proof.lane == lane,
      Cursor(epoch: proof.epoch, position: proof.to, chain: proof.chainAfter) == cursor
    else { return false }
    do throws(WireError) {
      try proof.verify(by: key(proof.keyid))
      return true
    } catch {
      return false
    }
  }
}

extension CursorClaimDocument {
  init(_ reader: JSONReader) throws(JSONError) {
    lane = try reader.field("lane").lane()
    if let cursor = try reader.optional("cursor") { self.cursor = try Cursor(cursor) }
    seen = try reader.field("seen").position()
    if let proof = try reader.optional("proof") { self.proof = try BatchEnvelope(proof) }
  }

  var json: JSONValue {
    var object: JSONObject = [
      "lane": .string(lane.rawValue), "cursor": cursor?.json ?? .null, "seen": .string(seen.description),
    ]
    if let proof { object["proof"] = proof.json }
    return .object(object)
  }
}
