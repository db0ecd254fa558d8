/// What came of a join request. The same request with the same key gets the same answer for ten minutes.
public struct JoinAnswer: Sendable, Hashable {
  public enum State: String, Sendable, Hashable {
    case approved
    /// An operator has to compare the fingerprint and approve; ask again.
    case pending
  }

  public var state: State
  /// The region's number: its stream and audience from now on.
  public var silo: SiloNumber
  /// The region's name, such as `eu`.
  public var region: String
  /// When to ask again while pending, in milliseconds.
  public var retryAfterMilliseconds: Int

  public init(state: State, silo: SiloNumber, region: String, retryAfterMilliseconds: Int = 5000) {
    self.state = state
    self.silo = silo
    self.region = region
    self.retryAfterMilliseconds = retryAfterMilliseconds
  }
}

extension JoinAnswer: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    state = try reader.field("state").parsed("approved or pending") { State(rawValue: $0) }
    silo = try reader.field("silo").silo()
    region = try reader.field("region").label()
    retryAfterMilliseconds = Int(try reader.field("retry_after_ms").integer(in: 0...3_600_000))
  }

  public var json: JSONValue {
    [
      "state": .string(state.rawValue), "silo": .string(silo.description), "region": .string(region),
      "retry_after_ms": .integer(retryAfterMilliseconds),
    ]
  }
}
