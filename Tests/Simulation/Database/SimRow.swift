import SyncProtocol

/// A source row of the simulated silos. One shape serves all kinds.
struct SimRow: Hashable {
  enum State: Int { case active, leaving, ended }
  /// Unique per write: what an oracle recognises a state by.
  var token: Int
  /// The user it is about.
  var user = 0
  /// The region it concerns.
  var region = 0
  /// User status: the epoch of the user. Events on their way: the mark that their source names.
  var number = 0
  var state = State.active
  /// Interests: the transaction that set `leaving`. Grants: that ended it. Events: that emitted it.
  var endedBy: UInt64 = 0

  /// Events: whether it stands only for what had arrived when it was made.
  var isMark: Bool { user == SimKind.markUser }

  var fields: [RowImage.Field] {
    [
      .init(name: "number", value: String(number)), .init(name: "region", value: String(region)),
      .init(name: "token", value: String(token)), .init(name: "user", value: String(user)),
    ]
  }
}

/// A row of a replica.
struct SimReplica: Hashable {
  var version: RowVersion
  var token: Int
  var user: Int
  var region: Int
  var number: Int

  init?(_ image: RowImage) {
    guard let fields = image.fields, fields.count == 4 else { return nil }
    let numbers = fields.compactMap { $0.value.flatMap(Int.init) }
    guard numbers.count == 4 else { return nil }
    version = image.version
    number = numbers[0]
    region = numbers[1]
    token = numbers[2]
    user = numbers[3]
  }
}

/// The kinds of the simulated silos and their keys.
enum SimKind {
  static let user = Kind("user" as StaticString)
  static let status = Kind("user_status" as StaticString)
  static let grant = Kind("grant" as StaticString)
  static let interest = Kind("interest" as StaticString)
  static let tokenKey = Kind("token_key" as StaticString)
  static let member = Kind("member" as StaticString)
  static let organization = Kind("organization" as StaticString)
  /// Ring-gated: what a region may hold of it is the revision released to its ring.
  static let flag = Kind("feature_flag" as StaticString)
  /// Which revision a ring has of a flag. Names the ring's regions and expands to the flag.
  static let release = Kind("ring_release" as StaticString)
  /// Not state: each has a number that is never given twice and one receiver, and takes effect there once.
  static let event = Kind("event" as StaticString)
  /// Whom a mark among the events is about.
  static let markUser = 1
  /// The flags that there are.
  static let flags = 2

  /// What a snapshot of a silo's stream covers.
  static func kinds(sentBy silo: SiloNumber, withEvents: Bool) -> [SnapshotKind] {
    let state = silo == .control ? [flag, grant, tokenKey, user, status] : [member, organization]
    return ((withEvents ? [event] : []) + state).map { SnapshotKind($0, lane: lane($0), order: .bytes) }
  }

  static func lane(_ kind: Kind) -> Lane { kind == status || kind == tokenKey ? .priority : .main }
  static func user(_ user: Int) -> RowReference { reference(self.user, "u\(user)") }
  static func status(_ user: Int) -> RowReference { reference(status, "u\(user)") }
  static func grant(_ grant: Int) -> RowReference { reference(self.grant, "g\(grant)") }
  static func member(_ grant: Int) -> RowReference { reference(member, "g\(grant)") }
  static func tokenKey(_ number: Int) -> RowReference { reference(tokenKey, "k\(number)") }
  static func organization(_ number: Int) -> RowReference { reference(organization, "o\(number)") }
  static func interest(_ region: Int, _ user: Int) -> RowReference { reference(interest, "i\(region).\(user)") }

  /// Keys rise with their numbers, as those of events do with the moment.
  static func event(_ number: Int) -> RowReference {
    let digits = String(number)
    return reference(event, "e" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits)
  }

  static func flag(_ flag: Int) -> RowReference { reference(self.flag, "f\(flag)") }
  static func release(_ ring: Int, _ flag: Int) -> RowReference { reference(release, "l\(ring).\(flag)") }

  /// The first region is the canary.
  static func ring(of region: Int) -> Int { region == 1 ? 0 : 1 }

  /// Whether rows of a kind name receivers, expand to others and never travel themselves.
  static func isInterest(_ kind: Kind) -> Bool { kind == interest || kind == release }

  /// Ring and flag of a release's key.
  static func parse(release key: RowKey) -> (ring: Int, flag: Int)? {
    parse(interest: key).map { (ring: $0.region, flag: $0.user) }
  }

  /// Region and user of an interest's key.
  static func parse(interest key: RowKey) -> (region: Int, user: Int)? {
    let parts = key.text.dropFirst().split(separator: ".")
    guard parts.count == 2, let region = Int(parts[0]), let user = Int(parts[1]) else { return nil }
    return (region, user)
  }

  /// The number in a key such as `g12`.
  static func number(_ key: RowKey) -> Int { Int(key.text.dropFirst()) ?? -1 }

  private static func reference(_ kind: Kind, _ key: String) -> RowReference {
    guard let key = RowKey(key) else { preconditionFailure("a key of the simulation is empty") }
    return RowReference(kind: kind, key: key)
  }
}
