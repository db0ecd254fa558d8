/// The first call of an agent's session: who it is, what it speaks, and where both logs stand for it.
public struct HelloRequest: Sendable, Hashable {
  public var versions: [Int]
  public var capabilities: Set<Capability>
  /// Which region it believes to be; checked against its key.
  public var silo: SiloNumber
  /// Random for each start of the process, 32 hexadecimal digits: tells a restart from a second agent.
  public var instance: String
  /// Name and version of the program, such as `atoll/0.1.0`.
  public var software: String
  /// Rises with every request of this key; a counter that falls reveals a copy of the key.
  public var counter: Int64
  /// The region's own log.
  public var log: LogDescription
  /// The highest epoch ordinal of the answering silo's log that this silo has ever seen; 0 for none.
  public var highestPeerEpoch: Int32
  /// The version of the manifest it trusts.
  public var manifestVersion: Int64

  public init(
    versions: [Int] = Negotiation.versions, capabilities: Set<Capability> = Negotiation.capabilities, silo: SiloNumber,
    instance: String, software: String, counter: Int64, log: LogDescription, highestPeerEpoch: Int32,
    manifestVersion: Int64
  ) {
    self.versions = versions
    self.capabilities = capabilities
    self.silo = silo
    self.instance = instance
    self.software = software
    self.counter = counter
    self.log = log
    self.highestPeerEpoch = highestPeerEpoch
    self.manifestVersion = manifestVersion
  }
}

extension HelloRequest: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    versions = try Negotiation.versions(try reader.field("versions"))
    capabilities = try Set<Capability>(try reader.field("capabilities"))
    silo = try reader.field("silo").silo()
    instance = try reader.field("instance").label(maximum: 64)
    software = try reader.field("software").label()
    counter = try reader.field("counter").decimal()
    log = try LogDescription(try reader.field("log"))
    highestPeerEpoch = Int32(try reader.field("highest_peer_epoch").integer(in: 0...Int64(Int32.max)))
    manifestVersion = try reader.field("manifest_version").decimal()
  }

  public var json: JSONValue {
    [
      "versions": .array(versions.map { .integer($0) }), "capabilities": capabilities.json,
      "silo": .string(silo.description), "instance": .string(instance), "software": .string(software),
      "counter": .decimal(counter), "log": log.json, "highest_peer_epoch": .integer(Int64(highestPeerEpoch)),
      "manifest_version": .decimal(manifestVersion),
    ]
  }
}
