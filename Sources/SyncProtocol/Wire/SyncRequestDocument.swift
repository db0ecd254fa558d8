/// A ``SyncRequest`` on the wire: the cursors, the rows in quarantine, and how long to wait. Who asks is the signature's matter.
public struct SyncRequestDocument: Sendable, Hashable {
  public var claims: [CursorClaimDocument]
  public var nacks: [Nack]
  /// How long the answer may be held back while there is nothing new.
  public var waitMilliseconds: Int
  /// Absent in older peers: they take no snapshots.
  public var snapshots: SnapshotStanding
  /// The rows that the asking silo wants beside the stream, where it is called and does not call: from control to a region.
  public var bulk: BulkRequest?

  /// - Parameter proofs: Kept envelopes of the batches that led to the cursors.
  public init(_ request: SyncRequest, proofs: [Lane: BatchEnvelope] = [:], bulk: BulkRequest? = nil) {
    claims = request.claims.map { claim in
      CursorClaimDocument(lane: claim.lane, cursor: claim.cursor, seen: claim.seen, proof: proofs[claim.lane])
    }
    nacks = Array(request.nacks.prefix(WireLimits.maximumNacks))
    waitMilliseconds = Int(min(max(0, request.holdLimit), Int64(WireLimits.maximumWaitMilliseconds)))
    snapshots = request.snapshots
    self.bulk = bulk
  }

  /// - Parameters:
  ///   - receiver: The authenticated peer.
  ///   - stream: The silo that is asked.
  ///   - key: What that silo knows about its own stream keys, to check proofs with.
  public func request(of receiver: SiloNumber, on stream: SiloNumber, key: (String) -> KnownKey?) -> SyncRequest {
    SyncRequest(
      receiver: receiver, claims: claims.map { $0.claim(of: receiver, on: stream, key: key) }, nacks: nacks,
      holdLimit: Int64(waitMilliseconds), snapshots: snapshots)
  }
}

extension SyncRequestDocument: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    let claims = try reader.field("claims")
    self.claims = try claims.elements(maximum: Lane.allCases.count) { (element) throws(JSONError) in
      try CursorClaimDocument(element)
    }
    guard Set(self.claims.map(\.lane)).count == self.claims.count else {
      throw claims.error(expected: "one claim of each lane at most")
    }
    nacks = try reader.field("nacks").elements(maximum: WireLimits.maximumNacks) { (element) throws(JSONError) in
      try Nack(element)
    }
    waitMilliseconds = Int(try reader.field("wait_ms").integer(in: 0...Int64(WireLimits.maximumWaitMilliseconds)))
    // A standing that a later version may add is one that this one cannot serve.
    let standing = try reader.optional("snapshots")?.string(bytes: 1...40)
    snapshots = standing.flatMap(SnapshotStanding.init(rawValue:)) ?? .unable
    if let wanted = try reader.optional("bulk") { bulk = try BulkRequest(wanted) }
  }

  public var json: JSONValue {
    var object: JSONObject = [
      "claims": .array(claims.map(\.json)), "nacks": .array(nacks.map(\.json)), "wait_ms": .integer(waitMilliseconds),
      "snapshots": .string(snapshots.rawValue),
    ]
    if let bulk { object["bulk"] = bulk.json }
    return .object(object)
  }
}
