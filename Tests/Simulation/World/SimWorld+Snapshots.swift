import SyncProtocol

/// Carries effects of snapshot takers to the database and the network, and their results back.
extension SimWorld {
  func snapshotEffects(_ process: SimProcess, _ peer: Int, _ input: SnapshotMachine.Input) -> [SnapshotMachine.Effect] {
    process.snapshots[peer].handle(input, now: now)
  }

  func run(_ process: SimProcess, _ peer: Int, _ effects: [SnapshotMachine.Effect]) {
    for effect in effects {
      switch effect {
      case .storage(let operation):
        later(process, Int64(random.below(3))) { self.executeSnapshot(process, peer, operation) }
      case .exchange(let request, let number, let limit):
        sendChunk(process, peer, request, number)
        later(process, limit) {
          self.run(process, peer, self.snapshotEffects(process, peer, .exchangeFailed(number)))
        }
      case .wait(let delay):
        wait(process, 3000 + peer, delay) {
          self.run(process, peer, self.snapshotEffects(process, peer, .timer))
        }
      case .fault(let fault): sometimes("chunk refused: \(fault.rawValue)")
      case .finished:
        sometimes("snapshot finished")
        run(process, peer, receiverEffects(process, peer, .refresh))
      case .advanced: run(process, peer, receiverEffects(process, peer, .refresh))
      case .trouble, .stopped: break
      }
    }
  }

  private func executeSnapshot(_ process: SimProcess, _ peer: Int, _ operation: ReceiverOperation) {
    let silo = silos[process.silo]
    let input: SnapshotMachine.Input
    switch fate(process.silo, writes: true) {
    case .refused: input = .failed(silo.troubleUntil > now ? .full : .unavailable)
    case .done: input = result(process, silo, peer, operation)
    case .lost(let isDone):
      if isDone { let _: SnapshotMachine.Input = result(process, silo, peer, operation) }
      sometimes("chunk outcome unknown")
      input = .outcomeUnknown
    }
    later(process, Int64(random.below(3))) { self.run(process, peer, self.snapshotEffects(process, peer, input)) }
  }

  private func result(
    _ process: SimProcess, _ silo: SimSilo, _ peer: Int, _ operation: ReceiverOperation
  ) -> SnapshotMachine.Input {
    switch operation {
    case .readSnapshot(let stream):
      let state = silo.database.readSnapshot(stream: stream)
      if process.hasLooked.insert(peer).inserted, now > 100,
        state?.kinds.values.contains(where: { $0.after != nil }) ?? false
      {
        sometimes("snapshot resumed after a crash")
      }
      return .state(state)
    case .recordBulk(let request):
      silo.database.recordBulk(request)
      return .recorded
    case .applyBulk(let answer): return apply(answer, process, silo)
    default: return .failed(.refused)
    }
  }

  private func apply(_ answer: BulkAnswer, _ process: SimProcess, _ silo: SimSilo) -> SnapshotMachine.Input {
    let planted = options.planted
    if planted == .chunkProgressSavedBeforeRows, let chunk = answer.chunk {
      // The progress is saved, the rows follow in a transaction of their own, unless the process dies before.
      let before = silo.database
      let report = silo.database.applyBulk(answer, time: now, planted: planted)
      guard !report.isBusy, report.outcome != .forgotten else { return .applied(.forgotten) }
      let progress = silo.database.snapshots[answer.stream]?[chunk.kind]
      silo.database.replicas[answer.stream] = before.replicas[answer.stream]
      silo.database.tombstones[answer.stream] = before.tombstones[answer.stream]
      later(process, 20) {
        var report = SimPostgres.BulkReport()
        silo.database.applyBulkRows(answer, time: self.now, planted: planted, &report)
        silo.database.snapshots[answer.stream]?[chunk.kind] = progress
      }
      return .applied(report.outcome)
    }
    let report = silo.database.applyBulk(answer, time: now, planted: planted)
    if report.isBusy { return .failed(.contention) }
    note(
      "chunk at \(silo.number): \(answer.chunk.map { "\($0.kind) (\($0.keys.after?.text ?? "-"), \($0.keys.through?.text ?? "end")]" } ?? "?") head \(answer.head) rows \(answer.rows.map { "\($0.row.key)\($0.fields == nil ? "-" : "+")" }) swept \(report.swept) \(report.outcome)"
    )
    if report.outcome == .forgotten {
      sometimes("chunk refused: its request is forgotten or does not continue")
    } else {
      markChunk(report)
      checkBulkApplied(silo, answer)
    }
    return .applied(report.outcome)
  }

  private func markChunk(_ report: SimPostgres.BulkReport) {
    if report.swept > 0 { sometimes("chunk swept rows") }
    if report.swept == SimPostgres.sweepLimit { sometimes("sweep of a chunk cut short") }
    if report.olderThanRow > 0 { sometimes("chunk came after a newer row") }
    if report.olderThanRemove > 0 { sometimes("chunk raced a remove") }
    if report.ended > 0 { sometimes("ended membership told by a chunk") }
    if report.hasEndedLane { sometimes("lane whole after its last chunk") }
  }

  /// Brings a request for a chunk to the sender and its reply back: lost, late, twice, altered, or another's.
  private func sendChunk(_ process: SimProcess, _ peerIndex: Int, _ request: BulkRequest, _ number: Int64) {
    let to = peer(process, peerIndex)
    let token = process.token
    guard let receiver = SiloNumber(process.silo) else { return }
    let back = { (reply: BulkReply?) in
      self.carry(to, process.silo) {
        guard process.isAlive, process.token == token else { return }
        let input = reply.map { SnapshotMachine.Input.reply($0, to: number) } ?? .exchangeFailed(number)
        self.run(process, peerIndex, self.snapshotEffects(process, peerIndex, input))
      }
    }
    carry(process.silo, to) {
      let serving = self.silos[to].processes[0]
      guard serving.isAlive else { return }
      if let wait = serving.slots.wait(of: receiver, now: self.now, random: self.random.next()) {
        self.sometimes("snapshot told to wait")
        return back(.retry(after: wait))
      }
      let answer = self.silos[to].database.readBulk(receiver: receiver, request, planted: self.options.planted)
      self.checkBulk(self.silos[to], answer, receiver: process.silo)
      // A chunk may be under way for long: that is what tombstones are for.
      let delay = self.random.below(self.random.chance(250) ? 280 : 20)
      self.schedule(Int64(delay)) { back(self.onTheWay(answer, from: to)) }
    }
  }

  /// What becomes of a chunk between reading and delivery; nil when its seal does not verify.
  private func onTheWay(_ answer: BulkAnswer, from silo: Int) -> BulkReply? {
    if hasFaults, random.chance(20), options.planted != .sealUnchecked {
      sometimes("altered chunk refused")
      return nil
    }
    if hasFaults, random.chance(40),
      let other = random.pick(chunks.filter { $0.stream == answer.stream && $0.audience == answer.audience })
    {
      sometimes("chunk of another request replayed")
      return .answer(other)
    }
    chunks.append(answer)
    if chunks.count > 30 { chunks.removeFirst() }
    return .answer(silo == adversary && random.chance(150) ? spliced(answer) : answer)
  }

  /// The adversary seals what it likes with its own key.
  private func spliced(_ answer: BulkAnswer) -> BulkAnswer {
    sometimes("adversary spliced a chunk")
    guard let chunk = answer.chunk else { return answer }
    switch random.below(4) {
    case 0: return copy(answer, epoch: Epoch(ordinal: answer.epoch.ordinal + 1, id: epochID()), chunk)
    case 1: return copy(answer, epoch: nil, ChunkRange(SimKind.organization, keys: chunk.keys))
    case 2:
      return copy(
        answer, epoch: nil, ChunkRange(chunk.kind, keys: KeyRange(after: nil, through: answer.rows.first?.row.key)))
    default:
      return copy(answer, epoch: nil, ChunkRange(chunk.kind, keys: KeyRange(after: chunk.keys.through, through: nil)))
    }
  }

  private func copy(_ answer: BulkAnswer, epoch: Epoch?, _ chunk: ChunkRange) -> BulkAnswer {
    BulkAnswer(
      id: answer.id, stream: answer.stream, audience: answer.audience, epoch: epoch ?? answer.epoch, head: answer.head,
      isExact: answer.isExact, chunk: chunk, rows: answer.rows)
  }
}
