import SyncProtocol

/// What applications do at control and in the regions.
extension SimWorld {
  func token(_ silo: Int) -> Int {
    tokens += 1
    let token = tokens * 8 + silo
    tokensWritten.insert(token)
    return token
  }

  func seedData() {
    for user in 0..<3 {
      commitDirectly(
        0, [(SimKind.user(user), SimRow(token: token(0), user: user)), (SimKind.status(user), status(user))])
    }
    commitDirectly(0, [(SimKind.tokenKey(1), SimRow(token: token(0)))])
    for region in 1...regions {
      commitDirectly(region, [(SimKind.organization(region), SimRow(token: token(region), region: region))])
    }
  }

  private func status(_ user: Int) -> SimRow {
    silos[0].database.nextNumber += 1
    return SimRow(token: token(0), user: user, number: silos[0].database.nextNumber)
  }

  private func commitDirectly(_ silo: Int, _ writes: [(RowReference, SimRow?)]) {
    let id = silos[silo].database.assignTransaction()
    let pointers = writes.map { silos[silo].database.append($0.0, xid: id) }
    silos[silo].database.commit(xid: id, writes: writes.map { (row: $0.0, value: $0.1) }, pointers: pointers, time: now)
  }

  func scheduleWorkload() {
    schedule(Int64(4 + random.below(36))) {
      guard self.hasFaults else { return }
      self.begin(0, self.chooseControlWork())
      if self.random.chance(500) {
        let region = 1 + self.random.below(self.regions)
        self.begin(region, self.chooseRegionWork(region))
      }
      if self.hasEvents, self.random.chance(300) { self.emitEvent() }
      if self.random.chance(120) { self.askForRepair() }
      if self.random.chance(100) { self.hastenSender() }
      self.scheduleWorkload()
    }
  }

  private func chooseControlWork() -> SimTransaction.Work {
    let user = random.below(Self.users)
    switch random.below(100) {
    case 0..<12: return .createUser(user)
    case 12..<26: return .updateUser(user)
    case 26..<38: return .raiseEpoch(user)
    case 38..<44: return .deleteUser(user)
    case 44..<70: return .grant(user, region: 1 + random.below(regions))
    case 70..<82:
      let grants = silos[0].database.references(SimKind.grant)
      return random.pick(grants).map { .endGrant(SimKind.number($0.key)) } ?? .updateUser(user)
    case 82..<94: return .touchUsers((0..<(2 + random.below(9))).map { _ in random.below(Self.users) })
    default: return .rotateKey(1 + random.below(2))
    }
  }

  private func chooseRegionWork(_ region: Int) -> SimTransaction.Work {
    let members = silos[region].database.references(SimKind.member)
    if region == adversary, random.chance(500) {
      let grants = silos[0].database.references(SimKind.grant).map { SimKind.number($0.key) }
      return .claimStrangers(
        grants: [random.pick(grants) ?? 0, 900 + random.below(50)], user: random.below(Self.users), region: region)
    }
    switch random.below(100) {
    case 0..<60: return .reconcile
    case 60..<75: return random.pick(members).map { .endMembership(SimKind.number($0.key)) } ?? .reconcile
    default: return .updateOrganization(region)
    }
  }

  private func askForRepair() {
    let region = 1 + random.below(regions)
    let database = silos[region].database
    let lane: Lane = random.chance(700) ? .main : .priority
    let user = random.below(Self.users)
    var references = [lane == .main ? SimKind.user(user) : SimKind.status(user)]
    let held = (database.replicas[.control] ?? [:]).keys.filter { SimKind.lane($0.kind) == lane }.sorted()
    if let row = random.pick(held), row != references[0] { references.append(row) }
    tokens += 1
    let process = silos[region].processes[random.below(silos[region].processes.count)]
    guard process.isAlive else { return }
    sometimes("repair asked for")
    run(process, 0, receiverEffects(process, 0, .repair(id: "r\(tokens)", lane, references)))
  }

  // MARK: transactions

  func begin(_ silo: Int, _ work: SimTransaction.Work) {
    guard silos[silo].troubleUntil <= now else { return }
    transactions += 1
    silos[silo].database.open[transactions] = SimTransaction(id: transactions, work: work)
    let id = transactions
    schedule(Int64(random.below(4))) { self.step(silo, id) }
  }

  /// One statement: lock a row, write it, append its pointer. The transaction id comes before the sequence value.
  private func step(_ number: Int, _ id: Int) {
    let silo = silos[number]
    guard var transaction = silo.database.open[id] else { return }
    if !transaction.isDecided {
      let roots = roots(transaction.work)
      if let root = roots.first(where: { !transaction.held.contains($0) }) {
        guard lock(silo, &transaction, root) else { return again(number, transaction) }
      } else {
        transaction.xid = silo.database.assignTransaction()
        transaction.isDecided = true
        decide(silo, &transaction)
      }
    } else if transaction.next < transaction.steps.count {
      let step = transaction.steps[transaction.next]
      guard transaction.held.contains(step.row) || lock(silo, &transaction, step.row) else {
        return again(number, transaction)
      }
      let own = transaction.writes.last { $0.row == step.row }
      let current = own.map(\.value) ?? silo.database.rows[step.row]
      let value = step.change(current)
      transaction.next += 1
      if value != nil || current != nil || !step.isWrite {
        if step.isWrite { transaction.writes.append((step.row, value)) }
        transaction.pointers.append(silo.database.append(step.row, xid: transaction.xid))
      }
    } else {
      return finish(number, transaction)
    }
    silo.database.open[id] = transaction
    schedule(Int64(random.chance(80) ? 20 + random.below(120) : random.below(6))) { self.step(number, id) }
  }

  private func lock(_ silo: SimSilo, _ transaction: inout SimTransaction, _ row: RowReference) -> Bool {
    if let holder = silo.database.locks[row], holder != transaction.id { return false }
    silo.database.locks[row] = transaction.id
    transaction.held.append(row)
    return true
  }

  private func again(_ number: Int, _ transaction: SimTransaction) {
    var transaction = transaction
    sometimes("transaction waited for a row lock")
    transaction.waits += 1
    guard transaction.waits < 40 else {
      sometimes("transaction gave up waiting")
      return silos[number].database.abort(transaction)
    }
    let id = transaction.id
    silos[number].database.open[id] = transaction
    schedule(3) { self.step(number, id) }
  }

  private func finish(_ number: Int, _ transaction: SimTransaction) {
    let silo = silos[number]
    if hasFaults, random.chance(50) {
      sometimes("transaction rolled back after taking sequence values")
      return silo.database.abort(transaction)
    }
    // The commit is decoded, the doorbell rings; others see it a moment later.
    if random.chance(400) { ring(number) }
    let id = transaction.id
    schedule(Int64(random.below(4))) {
      guard silo.database.open[id] != nil else { return }
      for write in transaction.writes where write.row.kind == SimKind.interest && write.value?.state == .active {
        self.everGranted.insert((write.value?.region ?? 0) * 100 + (write.value?.user ?? 0))
      }
      if transaction.pointers.count > self.limits.wholeTransaction {
        self.sometimes("transaction too big to stay together")
      }
      if Set(transaction.pointers.map(\.row)).count < transaction.pointers.count {
        self.sometimes("row touched twice in a transaction")
      }
      silo.database.commit(
        xid: transaction.xid, writes: transaction.writes, pointers: transaction.pointers, time: self.now)
      for grant in transaction.endsLocally {
        silo.database.endedMemberships[grant] =
          silo.database.replicas[.control]?[SimKind.grant(grant)]?.version
          ?? RowVersion(generation: 0, epoch: 0, head: .zero)
      }
      silo.database.release(transaction)
      self.promise(silo, transaction)
      self.trace.mix(id)
      self.note(
        "commit \(number) \(transaction.work) xid \(transaction.xid) \(transaction.pointers.map { "\($0.sequence):\($0.row.kind)/\($0.row.key)" })"
      )
      if self.random.chance(500) { self.ring(number) }
    }
  }

  /// What is locked before anything is decided: interests are decided under the lock of (region, root).
  private func roots(_ work: SimTransaction.Work) -> [RowReference] {
    switch work {
    case .grant(let user, let region): [SimKind.interest(region, user)]
    case .endGrant(let grant):
      silos[0].database.rows[SimKind.grant(grant)].map { [SimKind.interest($0.region, $0.user)] } ?? []
    case .deleteUser(let user): (1...regions).map { SimKind.interest($0, user) }
    default: []
    }
  }

  private func decide(_ silo: SimSilo, _ transaction: inout SimTransaction) {
    let xid = transaction.xid
    let write = { (row: RowReference, change: @escaping (SimRow?) -> SimRow?) in
      SimTransaction.Step(row: row, change: change, isWrite: true)
    }
    switch transaction.work {
    case .createUser(let user):
      guard silo.database.rows[SimKind.user(user)] == nil else { return }
      let status = status(user)
      transaction.steps = [
        write(SimKind.user(user)) { _ in SimRow(token: self.token(0), user: user) },
        write(SimKind.status(user)) { _ in status },
      ]
    case .updateUser(let user): transaction.steps = [write(SimKind.user(user), touched(0))]
    case .raiseEpoch(let user):
      let raised = status(user)
      transaction.steps = [write(SimKind.status(user)) { $0 == nil ? nil : raised }]
    case .touchUsers(let users):
      transaction.steps = users.sorted().map { write(SimKind.user($0), touched(0)) }
      if let first = users.first, users.count % 2 == 0 {
        transaction.steps.append(
          write(SimKind.user(users.sorted()[0] == first ? first : users.sorted()[0]), touched(0)))
      }
    case .rotateKey(let key): transaction.steps = [write(SimKind.tokenKey(key)) { _ in SimRow(token: self.token(0)) }]
    case .grant(let user, let region):
      guard silo.database.rows[SimKind.user(user)] != nil else { return }
      nextGrant += 1
      let grant = SimKind.grant(nextGrant)
      transaction.steps = [
        write(SimKind.interest(region, user)) {
          SimRow(token: $0?.state == .active ? $0?.token ?? 0 : self.token(0), user: user, region: region)
        },
        write(grant) { _ in SimRow(token: self.token(0), user: user, region: region) },
      ]
    case .endGrant(let grant): decideEnd(silo, &transaction, grants: [SimKind.grant(grant)], xid)
    case .deleteUser(let user):
      let grants = silo.database.references(SimKind.grant).filter { silo.database.rows[$0]?.user == user }
      decideEnd(silo, &transaction, grants: grants, xid)
      transaction.steps += [write(SimKind.user(user)) { _ in nil }, write(SimKind.status(user)) { _ in nil }]
    case .emit(let receiver): transaction.steps = [emission(silo, to: receiver, xid)]
    default: decideInRegion(silo, &transaction)
    }
  }

  private func touched(_ silo: Int) -> (SimRow?) -> SimRow? {
    { row in
      guard var row else { return nil }
      row.token = self.token(silo)
      return row
    }
  }

  /// Ends grants, and lets interests leave that have no live grant left.
  private func decideEnd(_ silo: SimSilo, _ transaction: inout SimTransaction, grants: [RowReference], _ xid: UInt64) {
    let rows = silo.database.rows
    var left: [RowReference] = []
    for grant in grants {
      guard let row = rows[grant], row.state == .active else { continue }
      transaction.steps.append(
        .init(row: grant, change: { $0.map { self.ended($0, .ended, xid) } }, isWrite: true))
      let isLast = !silo.database.references(SimKind.grant).contains { other in
        !grants.contains(other) && rows[other]?.user == row.user && rows[other]?.region == row.region
          && rows[other]?.state == .active
      }
      let interest = SimKind.interest(row.region, row.user)
      guard isLast, !left.contains(interest), rows[interest]?.state == .active else { continue }
      left.append(interest)
      transaction.steps.append(
        .init(
          row: interest,
          change: {
            self.options.planted == .exitAfterHardDelete ? nil : $0.map { self.ended($0, .leaving, xid) }
          }, isWrite: true))
    }
  }

  private func ended(_ row: SimRow, _ state: SimRow.State, _ xid: UInt64) -> SimRow {
    var row = row
    row.state = state
    row.endedBy = xid
    return row
  }

  private func decideInRegion(_ silo: SimSilo, _ transaction: inout SimTransaction) {
    let database = silo.database
    let number = silo.number
    switch transaction.work {
    case .reconcile:
      let grants = database.replicas[.control] ?? [:]
      for member in database.references(SimKind.member) where grants[SimKind.grant(SimKind.number(member.key))] == nil {
        transaction.steps.append(.init(row: member, change: { _ in nil }, isWrite: true))
      }
      for grant in grants.keys.filter({ $0.kind == SimKind.grant }).sorted() {
        guard let replica = grants[grant] else { continue }
        let key = SimKind.number(grant.key)
        if let reported = database.endedMemberships[key] {
          guard replica.version > reported else { continue }
          transaction.steps.append(.init(row: SimKind.member(key), change: { _ in nil }, isWrite: false))
          transaction.endsLocally.append(key)
        } else if database.rows[SimKind.member(key)] == nil {
          transaction.steps.append(
            .init(
              row: SimKind.member(key),
              change: { $0 ?? SimRow(token: self.token(number), user: replica.user, region: number) }, isWrite: true))
        }
      }
    case .endMembership(let grant):
      transaction.steps = [.init(row: SimKind.member(grant), change: { _ in nil }, isWrite: true)]
      transaction.endsLocally = [grant]
    case .updateOrganization(let region):
      transaction.steps = [.init(row: SimKind.organization(region), change: touched(number), isWrite: true)]
    case .claimStrangers(let grants, let user, let region):
      sometimes("adversary claimed strangers as members")
      for grant in Set(grants).sorted() {
        transaction.steps.append(
          .init(
            row: SimKind.member(grant), change: { _ in SimRow(token: self.token(number), user: user, region: region) },
            isWrite: true))
      }
      transaction.steps.append(
        .init(
          row: SimKind.organization(1), change: { _ in SimRow(token: self.token(number), region: 1) }, isWrite: true))
    default: break
    }
  }
}
