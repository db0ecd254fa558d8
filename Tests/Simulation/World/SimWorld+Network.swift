import SyncProtocol

/// The network: delay, loss, duplication, reordering, one-way partition, truncation, tampering, replay.
extension SimWorld {
  private func direction(_ from: Int, _ to: Int) -> Int { from * 16 + to }

  /// Brings `run` to the other side, or not, or twice.
  func carry(_ from: Int, _ to: Int, _ run: @escaping () -> Void) {
    if (blocked[direction(from, to)] ?? 0) > now {
      sometimes("message cut off by a partition")
      return
    }
    if hasFaults, random.chance(25) {
      sometimes("message lost")
      return
    }
    if hasFaults, random.chance(25) {
      sometimes("message duplicated")
      schedule(Int64(2 + random.below(60)), run)
    }
    schedule(Int64(1 + random.below(hasFaults && random.chance(60) ? 90 : 8)), run)
  }

  func block(_ from: Int, _ to: Int, until: Int64) { blocked[direction(from, to)] = until }

  func ask(_ process: SimProcess, _ peerIndex: Int, _ request: SyncRequest, _ number: Int64) {
    exchanges += 1
    let to = peer(process, peerIndex)
    let isHonest = process.silo != adversary
    // The server marks a claim as proven when our own seal over its last batch came along.
    let claims = request.claims.map {
      isHonest
        ? CursorClaim(lane: $0.lane, cursor: $0.cursor, seen: $0.seen, isProven: true) : forged($0)
    }
    let exchange = SimExchange(
      id: exchanges,
      request: SyncRequest(
        receiver: request.receiver, claims: claims, nacks: request.nacks, holdLimit: request.holdLimit,
        snapshots: request.snapshots),
      silo: process.silo, process: process.index, token: process.token, peer: peerIndex, number: number)
    if requests.count < 40 { requests.append(exchange) } else { requests[exchange.id % 40] = exchange }
    carry(process.silo, to) { self.receive(exchange, at: to) }
  }

  /// A region's key signs whatever its holder claims; nothing of it is proven.
  private func forged(_ claim: CursorClaim) -> CursorClaim {
    guard random.chance(150), let cursor = claim.cursor else { return claim }
    sometimes("adversary forged a cursor")
    let position = Position(cursor.position.value + Int64(random.below(60))) ?? cursor.position
    let epoch = random.chance(300) ? Epoch(ordinal: cursor.epoch.ordinal + 5, id: epochID()) : cursor.epoch
    return CursorClaim(
      lane: claim.lane, cursor: Cursor(epoch: epoch ?? cursor.epoch, position: position, chain: cursor.chain),
      seen: position, isProven: false)
  }

  func receive(_ exchange: SimExchange, at number: Int) {
    let process = silos[number].processes[0]
    guard process.isAlive else { return }
    // Its nonce is kept in the database: no request acts twice, whichever replica sees it.
    if handled.contains(exchange.id) {
      if options.planted != .requestReplayAccepted {
        sometimes("replayed request refused")
        return
      }
      violate("request \(exchange.id) acted twice")
    }
    handled.insert(exchange.id)
    trace.mix(exchange.id)
    let index = exchange.silo == 0 ? 0 : number == 0 ? exchange.silo - 1 : 0
    serve(process, index, exchange)
  }

  func replay() {
    guard let exchange = random.pick(requests) else { return }
    let to = exchange.silo == 0 ? exchange.peer + 1 : 0
    schedule(1) { self.receive(exchange, at: to) }
  }

  func send(_ answer: SyncAnswer, for exchange: SimExchange, from process: SimProcess) {
    var answer = answer
    if process.silo == adversary, case .batch(let batch) = answer.body, random.chance(150) {
      answer = SyncAnswer(body: .batch(spliced(batch)), held: answer.held, age: answer.age)
    } else if process.silo != adversary, case .batch(let batch) = answer.body {
      checkBatch(silos[process.silo], batch)
    }
    if case .batch(let batch) = answer.body {
      trace.mix(UInt64(bitPattern: batch.to.value) &* 31 &+ UInt64(batch.rows.count))
      note(
        "batch \(process.silo)->\(exchange.silo) \(batch.lane) (\(batch.from),\(batch.to)] head \(batch.head) \(batch.rows.map { "\($0.row.kind)/\($0.row.key)\($0.fields == nil ? "-" : "+")" })"
      )
    } else {
      if case .resynchronize = answer.body { sometimes("receiver started over") }
      note("answer \(process.silo)->\(exchange.silo) \(answer.body)")
    }
    let isTampered = hasFaults && random.chance(20)
    let sent = isTampered ? tampered(answer) : answer
    carry(process.silo, exchange.silo) {
      let asking = self.silos[exchange.silo].processes[exchange.process]
      guard asking.isAlive, asking.token == exchange.token else { return }
      if isTampered, self.options.planted != .sealUnchecked {
        self.sometimes("altered answer refused")
        self.run(asking, exchange.peer, self.receiverEffects(asking, exchange.peer, .exchangeFailed(exchange.number)))
      } else {
        self.run(asking, exchange.peer, self.receiverEffects(asking, exchange.peer, .answer(sent, to: exchange.number)))
      }
    }
  }

  /// Somebody on the way without any key.
  private func tampered(_ answer: SyncAnswer) -> SyncAnswer {
    guard case .batch(let batch) = answer.body else { return answer }
    let rows = batch.rows.map { row in
      RowImage(
        row: row.row, version: row.version,
        fields: row.fields.map { $0.map { .init(name: $0.name, value: $0.name == "token" ? "-1" : $0.value) } })
    }
    return SyncAnswer(body: .batch(copy(batch, from: batch.from, rows: rows)), held: answer.held, age: answer.age)
  }

  /// The adversary seals what it likes with its own key: another interval, rows left out, another audience.
  private func spliced(_ batch: Batch) -> Batch {
    sometimes("adversary spliced a batch")
    switch random.below(3) {
    case 0: return copy(batch, from: Position(max(0, batch.from.value - 1)) ?? batch.from, rows: batch.rows)
    case 1: return copy(batch, from: batch.from, rows: batch.rows.reversed())
    default: return copy(batch, from: batch.to, rows: batch.rows)
    }
  }

  private func copy(_ batch: Batch, from: Position, rows: [RowImage]) -> Batch {
    Batch(
      stream: batch.stream, audience: batch.audience, lane: batch.lane, epoch: batch.epoch, from: from, to: batch.to,
      chainBefore: batch.chainBefore, chainAfter: batch.chainAfter, consistentAt: batch.consistentAt, head: batch.head,
      completeAsOf: batch.completeAsOf, completeSnapshot: batch.completeSnapshot, rows: rows)
  }

  func sendBulk(_ process: SimProcess, _ peerIndex: Int, _ request: BulkRequest) {
    let to = peer(process, peerIndex)
    let token = process.token
    guard let receiver = SiloNumber(process.silo) else { return }
    carry(process.silo, to) {
      guard self.silos[to].processes[0].isAlive else { return }
      var answer = self.silos[to].database.readBulk(receiver: receiver, request, planted: self.options.planted)
      self.checkBulk(self.silos[to], answer, receiver: process.silo)
      // A bulk answer may be under way for long: that is what tombstones are for.
      self.schedule(Int64(self.random.below(250))) {
        if self.options.planted == .bulkVersionFromAfterTheRead {
          let state = self.silos[to].database.state
          let version = RowVersion(generation: 0, epoch: state.epoch.ordinal, head: state.head)
          answer = BulkAnswer(
            id: answer.id, stream: answer.stream, audience: answer.audience, epoch: state.epoch, head: state.head,
            isExact: answer.isExact, chunk: nil,
            rows: answer.rows.map { RowImage(row: $0.row, version: version, fields: $0.fields) })
        }
        self.carry(to, process.silo) {
          let asking = self.silos[process.silo].processes[process.index]
          guard asking.isAlive else { return }
          if asking.token != token { self.sometimes("bulk answer outlived its asker") }
          self.run(asking, peerIndex, self.receiverEffects(asking, peerIndex, .bulkAnswer(answer)))
        }
      }
    }
  }
}
