/// Takes a snapshot chunk by chunk beside the stream: asks for the next keys of each kind, checks what comes, has it applied, and asks on from where
/// its database says it is. Starts, sleeps and starts again by itself: ``Input/wake`` after a reset of the lanes.
///
/// A value without I/O or clock. At most one storage operation and one exchange are outstanding; the next chunk travels while one is applied, so at most
/// two chunks are in memory.
public struct SnapshotMachine: Sendable, Hashable {
  public enum Input: Sendable, Hashable {
    /// Something may be under way: look, unless a snapshot is being taken.
    case start
    /// The lanes were reset: whatever is on its way belongs to what was before.
    case wake
    /// The wait that `Effect.wait` asked for is over.
    case timer
    /// What is under way by the receiver's database; nil for nothing.
    case state(SnapshotState?)
    case recorded
    /// A verified reply to the exchange with this number.
    case reply(BulkReply, to: Int64)
    case exchangeFailed(Int64)
    case applied(BulkOutcome)
    case failed(StorageTrouble)
    case outcomeUnknown
    case stop
  }

  public enum Effect: Sendable, Hashable {
    /// `readSnapshot`, `recordBulk` or `applyBulk`.
    case storage(ReceiverOperation)
    /// Send `request` and bring the verified reply back under `number`.
    case exchange(BulkRequest, number: Int64, limit: Int64)
    case wait(Int64)
    /// A chunk that verified and still cannot be: dropped. Counted and shown.
    case fault(SnapshotFault)
    case trouble(StorageTrouble)
    /// A chunk is committed here.
    case advanced(Kind, SnapshotState.Progress)
    /// Every lane is whole: the receiver of the stream should read its lanes again.
    case finished
    case stopped
  }

  enum Storage: Sendable, Hashable {
    case idle
    case reading
    case recording(BulkRequest)
    case applying(BulkAnswer)
  }

  struct Exchange: Sendable, Hashable {
    let request: BulkRequest
    let number: Int64
    /// False while the sender asked to wait, or an exchange failed: it is sent again.
    var isSent: Bool
  }

  public let stream: SiloNumber
  public let audience: SiloNumber
  public let pace: SnapshotPace
  /// In the order in which they are asked for.
  public let kinds: [SnapshotKind]
  public private(set) var state: SnapshotState?
  private var storage = Storage.idle
  private var exchange: Exchange?
  private var arrived: BulkAnswer?
  private var isWaiting = false
  private var isStale = false
  private var stopping = false
  private var isStopped = false
  private var number: Int64 = 0
  private var backOff: BackOff
  private var random: UInt64

  public init(
    stream: SiloNumber, audience: SiloNumber, kinds: [SnapshotKind], pace: SnapshotPace = .init(), seed: UInt64
  ) {
    self.stream = stream
    self.audience = audience
    // The priority lane first: nobody may act before status and keys are there.
    self.kinds = kinds.sorted { left, right in
      left.lane != right.lane ? left.lane == .priority : left.kind < right.kind
    }
    self.pace = pace
    backOff = BackOff(seed: seed)
    random = seed
  }

  /// The request that is with the sender, if any.
  public var outstanding: (request: BulkRequest, number: Int64)? { exchange.map { ($0.request, $0.number) } }

  /// Takes one input at monotonic time `now` (milliseconds).
  public mutating func handle(_ input: Input, now: Int64) -> [Effect] {
    guard !isStopped else { return [] }
    switch input {
    case .stop:
      stopping = true
      return storage == .idle ? finish() : []
    case .start:
      guard state == nil, storage == .idle, !isWaiting else { return [] }
      return read()
    case .wake:
      // While a chunk is being applied, what is found there comes first; then all is read again.
      isStale = true
      return storage == .idle ? read() : []
    case .timer: return timer()
    case .state(let read): return took(read)
    case .recorded: return recorded()
    case .reply(let reply, let to): return took(reply, to: to)
    case .exchangeFailed(let to):
      guard let exchange, exchange.isSent, exchange.number == to else { return [] }
      return pause(backOff.next())
    case .applied(let outcome): return took(outcome)
    case .failed(let trouble):
      guard storage != .idle else { return [] }
      return [.trouble(trouble)] + startAgain()
    case .outcomeUnknown: return storage == .idle ? [] : startAgain()
    }
  }

  private mutating func timer() -> [Effect] {
    guard isWaiting else { return [] }
    isWaiting = false
    if !isStale, let exchange, !exchange.isSent { return send(exchange.request) }
    return storage == .idle ? next() : []
  }

  /// Whatever is on its way belongs to what was known before.
  private mutating func read() -> [Effect] {
    if stopping { return finish() }
    isStale = false
    isWaiting = false
    exchange = nil
    arrived = nil
    storage = .reading
    return [.storage(.readSnapshot(stream: stream))]
  }

  private mutating func took(_ read: SnapshotState?) -> [Effect] {
    guard storage == .reading else { return [] }
    storage = .idle
    if isStale { return self.read() }
    state = read
    guard !stopping, let read, let want = want(after: nil) else { return stopping ? finish() : [] }
    if let known = read.outstanding.first(where: { $0.kind == want.kind.kind && $0.after == want.after }) {
      return send(request(known.id, want))
    }
    return next()
  }

  /// What to ask for next: what the state lacks, or what follows a chunk that is not applied yet.
  private func want(after chunk: ChunkRange?) -> (kind: SnapshotKind, after: RowKey?)? {
    guard let state else { return nil }
    if let chunk, let through = chunk.keys.through {
      return kinds.first { $0.kind == chunk.kind }.map { ($0, through) }
    }
    for kind in kinds where state.lanes.contains(kind.lane) && kind.kind != chunk?.kind {
      let progress = state.kinds[kind.kind] ?? .init()
      if !progress.isDone { return (kind, progress.after) }
    }
    return nil
  }

  private func request(_ id: String, _ want: (kind: SnapshotKind, after: RowKey?)) -> BulkRequest {
    BulkRequest(
      id: id, stream: stream, lane: want.kind.lane, wanted: .chunk(want.kind.kind, after: want.after),
      rowLimit: pace.rows, byteLimit: pace.bytes, done: state?.kinds.values.reduce(0) { $0 + $1.rows } ?? 0,
      wantsEstimates: state?.kinds.values.allSatisfy { $0.expected == nil } ?? true)
  }

  /// Storage is free: ask on, then apply what came.
  private mutating func next() -> [Effect] {
    if stopping { return finish() }
    if isStale { return isWaiting ? [] : read() }
    if exchange == nil, arrived == nil || pace.isPipelined, let want = want(after: arrived?.chunk) {
      let request = request(nextID(), want)
      storage = .recording(request)
      return [.storage(.recordBulk(request))]
    }
    guard let answer = arrived else { return [] }
    arrived = nil
    storage = .applying(answer)
    return [.storage(.applyBulk(answer))]
  }

  private mutating func recorded() -> [Effect] {
    guard case .recording(let request) = storage else { return [] }
    storage = .idle
    if isStale || stopping { return next() }
    let effects = send(request)
    return arrived == nil ? effects : effects + next()
  }

  private mutating func send(_ request: BulkRequest) -> [Effect] {
    number += 1
    exchange = Exchange(request: request, number: number, isSent: true)
    return [.exchange(request, number: number, limit: pace.answer)]
  }

  private mutating func took(_ reply: BulkReply, to: Int64) -> [Effect] {
    guard let asked = exchange, asked.isSent, let state, asked.number == to
    else { return [] }
    switch reply {
    case .retry(let milliseconds): return pause(milliseconds)
    case .answer(let answer):
      guard case .chunk(let kind, _) = asked.request.wanted,
        let order = kinds.first(where: { $0.kind == kind })?.order
      else { return [] }
      do {
        try ChunkCheck.check(answer, of: asked.request, in: state, order: order, audience: audience)
      } catch {
        // Perhaps what is here is not what it was when the request was made.
        isStale = true
        return [.fault(error)] + pause(backOff.next())
      }
      exchange = nil
      arrived = answer
      return storage == .idle ? next() : []
    }
  }

  private mutating func took(_ outcome: BulkOutcome) -> [Effect] {
    guard case .applying(let answer) = storage else { return [] }
    storage = .idle
    guard case .applied(let progress?) = outcome, let chunk = answer.chunk else { return startAgain() }
    backOff.reset()
    state?.kinds[chunk.kind] = progress
    for (kind, expected) in answer.estimates { state?.kinds[kind, default: .init()].expected = expected }
    // Less than the chunk was swept, because that is bounded: what is on its way does not continue here.
    if progress.isDone != (chunk.keys.through == nil) || progress.after != chunk.keys.through { isStale = true }
    let advanced = Effect.advanced(chunk.kind, progress)
    guard !isStale, want(after: nil) == nil else { return [advanced] + next() }
    state = nil
    return [advanced, .finished] + (stopping ? finish() : [])
  }

  /// Nobody knows what is there now, or somebody else moved it: look again, a little later.
  private mutating func startAgain() -> [Effect] {
    storage = .idle
    if stopping { return finish() }
    isStale = true
    return pause(backOff.next())
  }

  private mutating func pause(_ milliseconds: Int64) -> [Effect] {
    exchange?.isSent = false
    isWaiting = true
    return [.wait(max(1, milliseconds))]
  }

  private mutating func finish() -> [Effect] {
    isStopped = true
    return [.stopped]
  }

  private mutating func nextID() -> String {
    var text = ""
    for _ in 0..<2 {
      random &+= 0x9E37_79B9_7F4A_7C15
      var word = random
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      word ^= word >> 31
      let digits = String(word, radix: 16)
      text += String(repeating: "0", count: 16 - digits.count) + digits
    }
    return text
  }
}
