/// Opens a session: what is spoken, where both logs stand for the answering silo, and its limits.
public struct HelloAnswer: Sendable, Hashable {
  public var version: Int
  public var capabilities: Set<Capability>
  /// Names this session in pull and push. A later hello of the region ends it (`SESSION_FENCED`).
  public var session: String
  public var log: LogDescription
  /// The highest epoch ordinal of the asking silo's log that this silo has ever seen; 0 for none.
  public var highestPeerEpoch: Int32
  /// What this silo asks of the other's log: the cursors from which to push.
  public var request: SyncRequestDocument
  public var manifestVersion: Int64
  public var limits: Limits

  /// What the asking silo shall stay below.
  public struct Limits: Sendable, Hashable {
    public var batchRows: Int
    public var batchBytes: Int
    public var waitMilliseconds: Int
    /// After losing this silo the agent comes back at a random moment within so many milliseconds: all others lost it too.
    public var returnMilliseconds: Int

    public init(
      batchRows: Int = WireLimits.maximumRowsPerBatch, batchBytes: Int = WireLimits.maximumBodyBytes,
      waitMilliseconds: Int = WireLimits.maximumWaitMilliseconds, returnMilliseconds: Int = 0
    ) {
      self.batchRows = batchRows
      self.batchBytes = batchBytes
      self.waitMilliseconds = waitMilliseconds
      self.returnMilliseconds = returnMilliseconds
    }
  }

  public init(
    version: Int, capabilities: Set<Capability>, session: String, log: LogDescription, highestPeerEpoch: Int32,
    request: SyncRequestDocument, manifestVersion: Int64, limits: Limits = Limits()
  ) {
    self.version = version
    self.capabilities = capabilities
    self.session = session
    self.log = log
    self.highestPeerEpoch = highestPeerEpoch
    self.request = request
    self.manifestVersion = manifestVersion
    self.limits = limits
  }
}

extension HelloAnswer: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    version = Int(try reader.field("version").integer(in: 1...1000))
    capabilities = try Set<Capability>(try reader.field("capabilities"))
    session = try reader.field("session").label()
    log = try LogDescription(try reader.field("log"))
    highestPeerEpoch = Int32(try reader.field("highest_peer_epoch").integer(in: 0...Int64(Int32.max)))
    request = try SyncRequestDocument(try reader.field("request"))
    manifestVersion = try reader.field("manifest_version").decimal()
    let limits = try reader.field("limits")
    self.limits = Limits(
      batchRows: Int(try limits.field("batch_rows").integer(in: 1...Int64(WireLimits.maximumRowsPerBatch))),
      batchBytes: Int(try limits.field("batch_bytes").integer(in: 1...Int64(WireLimits.maximumBodyBytes))),
      waitMilliseconds: Int(try limits.field("wait_ms").integer(in: 0...Int64(WireLimits.maximumWaitMilliseconds))),
      returnMilliseconds: Int(
        try limits.field("return_ms").integer(in: 0...Int64(WireLimits.maximumReturnMilliseconds))))
  }

  public var json: JSONValue {
    [
      "version": .integer(version), "capabilities": capabilities.json, "session": .string(session), "log": log.json,
      "highest_peer_epoch": .integer(Int64(highestPeerEpoch)), "request": request.json,
      "manifest_version": .decimal(manifestVersion),
      "limits": [
        "batch_rows": .integer(limits.batchRows), "batch_bytes": .integer(limits.batchBytes),
        "wait_ms": .integer(limits.waitMilliseconds), "return_ms": .integer(limits.returnMilliseconds),
      ],
    ]
  }
}
