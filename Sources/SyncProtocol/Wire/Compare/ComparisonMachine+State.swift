extension ComparisonMachine {
  /// The machine as a document, for the database: written by ``state`` and read by nobody else.
  public var state: [UInt8] {
    let plans = plan.map { plan -> JSONValue in
      ["subject": plan.subject.json, "known": .array(plan.known.map { .string($0.text) })]
    }
    return JSONWriter.write([
      "id": .string(id), "local": .string(local.description), "plan": .array(plans), "repairs": .bool(repairs),
      "walk": .object(walk.object),
    ])
  }

  /// Goes on where ``state`` was taken.
  public init(state: [UInt8], limits: ComparisonLimits = .init()) throws(JSONError) {
    let reader = JSONReader(
      try JSONParser.parse(state, limits: JSONLimits(maximumBytes: 64 << 20, maximumDepth: WireLimits.maximumDepth + 2))
    )
    let plan = try reader.field("plan").elements(maximum: 256) { (plan) throws(JSONError) in
      ComparisonPlan(
        subject: try ComparisonSubject(try plan.field("subject")),
        known: try plan.field("known").elements(maximum: 10_000) { (key) throws(JSONError) in try key.rowKey() })
    }
    self.init(
      id: try reader.field("id").label(), local: try reader.field("local").silo(), plan: plan,
      repairs: try reader.field("repairs").bool(), limits: limits)
    walk = try ComparisonWalk(try reader.field("walk"))
  }
}

extension ComparisonWalk {
  fileprivate var object: JSONObject {
    var object: JSONObject = [
      "phase": .string(phase.rawValue), "purpose": .string(purpose.rawValue), "index": .integer(index),
      "number": .integer(number), "side": .string(side.rawValue), "keys": .array(keys.map { .string($0.text) }),
      "found": .array(found.map { .string($0.text) }), "rest": .array(rest.map { .string($0.text) }),
      "attempt": .integer(attempt), "round": .integer(round),
      "compared": .decimal(compared), "suspected": .integer(suspected), "divergences": .integer(divergences),
      "unverified": .array(unverified.map(\.json)), "queue": .array(queue.map(\.json)),
      "mends": .array(
        mends.map { mend -> JSONValue in
          var object = mend.difference.object
          object["key"] = .string(mend.key.text)
          return .object(object)
        }),
    ]
    if let asked { object["asked"] = CompareQuestion.bodyJSON(asked) }
    if let after { object["after"] = .string(after.text) }
    if let through { object["through"] = .string(through.text) }
    if let range { object["range"] = range.json }
    if let first { object["first"] = first.json }
    if let held { object["held"] = held.json }
    return object
  }

  fileprivate init(_ reader: JSONReader) throws(JSONError) {
    phase = try reader.field("phase").parsed("a phase") { Phase(rawValue: $0) }
    purpose = try reader.field("purpose").parsed("a purpose") { Purpose(rawValue: $0) }
    side = try reader.field("side").parsed("a side") { ComparisonMachine.Side(rawValue: $0) }
    index = try reader.field("index").count()
    number = try reader.field("number").count()
    attempt = try reader.field("attempt").count()
    round = try reader.field("round").count()
    suspected = try reader.field("suspected").count()
    divergences = try reader.field("divergences").count()
    compared = try reader.field("compared").decimal()
    keys = try reader.keys("keys")
    rest = try reader.keys("rest")
    found = try reader.keys("found")
    unverified = try reader.places("unverified")
    queue = try reader.places("queue")
    mends = try reader.field("mends").elements(maximum: ComparisonLimits.maximumKeys) { (mend) throws(JSONError) in
      CompareQuestion.Mend(key: try mend.field("key").rowKey(), difference: try mend.difference())
    }
    asked = try reader.optional("asked").map { (asked) throws(JSONError) in try CompareQuestion.body(asked) }
    after = try reader.optional("after")?.rowKey()
    through = try reader.optional("through")?.rowKey()
    range = try reader.optional("range").map { (range) throws(JSONError) in try RangeReading(range) }
    first = try reader.optional("first").map { (first) throws(JSONError) in try OwnerReading(first) }
    held = try reader.optional("held").map { (held) throws(JSONError) in try HolderReading(held) }
  }
}

extension ComparisonWalk.Place {
  fileprivate var json: JSONValue { ["index": .integer(index), "key": .string(key.text)] }
}

extension JSONReader {
  fileprivate func count() throws(JSONError) -> Int { Int(try integer(in: 0...Int64(Int32.max))) }

  fileprivate func keys(_ name: String) throws(JSONError) -> [RowKey] {
    try field(name).elements(maximum: 65_536) { (key) throws(JSONError) in try key.rowKey() }
  }

  fileprivate func places(_ name: String) throws(JSONError) -> [ComparisonWalk.Place] {
    try field(name).elements(maximum: 65_536) { (place) throws(JSONError) in
      ComparisonWalk.Place(index: try place.field("index").count(), key: try place.field("key").rowKey())
    }
  }
}
