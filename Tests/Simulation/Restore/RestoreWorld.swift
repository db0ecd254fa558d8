import FoundationEssentials
import Silo
import SyncProtocol

/// Control and its regions as far as grants go, through restores of control: small pools of slugs and people, so that everything collides. The decisions
/// are production's (`Reconciliation`, `HomeMerge`, `GrantMerge`, `StatusMerge`); what they decide about is modelled.
final class RestoreWorld {
  struct Home: Hashable {
    var region: Int
    var slug: String
    var version: HomeMerge.Version
    var isEnded = false
  }

  struct Grant: Hashable {
    let organization: OrganizationID
    let user: UserID
    var isEnded = false
  }

  /// What a restore puts back.
  struct Control {
    var homes: [OrganizationID: Home] = [:]
    var slugs: [String: OrganizationID] = [:]
    var grants: [GrantID: Grant] = [:]
    var people: [UserID: StatusMerge] = [:]
    /// Grants that control knows to have ended.
    var ended: Set<GrantID> = []
    /// The changes that led here: a backup's are a prefix.
    var history: [UInt64] = []
  }

  struct Receipt<Value: Hashable>: Hashable {
    let value: Value
    let isSealed: Bool
  }

  struct Region {
    var homes: [OrganizationID: Receipt<Home>] = [:]
    var grants: [GrantID: Receipt<Grant>] = [:]
    var people: [UserID: StatusMerge] = [:]
    var ended: Set<OrganizationID> = []
    var removed: Set<GrantID> = []
    var history: [UInt64] = []
    /// Everything that it ever got: an adversary brings it back.
    var hoard: [GrantID: Receipt<Grant>] = [:]
    var isLate = false
  }

  static let bugs: Set<PlantedBug> = [
    .grantedWhileReconciling, .receiptSealUnchecked, .slugOwnerReplaced, .endedGrantRevived, .generationMergedByOwner,
  ]

  let planted: PlantedBug?
  var random: SimRandom
  var control = Control()
  var regions = [Region](repeating: Region(), count: 4)
  var state: Reconciliation
  /// Everything that control ever did, restores or not.
  var truth = Control()
  var backups: [Control] = []
  var parked: Set<OrganizationID> = []
  /// Organizations that ever changed their home: two restores can put the ends of their memberships into histories that never meet.
  var moved: Set<OrganizationID> = []
  /// The newest version of each home that a receipt told since the last restore.
  var brought: [OrganizationID: HomeMerge.Version] = [:]
  /// The highest epoch of each person that a receipt told since the last restore.
  var told: [UserID: Int64] = [:]
  var released: Set<Int> = []
  var violation: String?
  var marks: Set<String> = []
  var trace = SimTrace()
  var minted: UInt64 = 0
  let adversary = 3

  init(seed: UInt64, planted: PlantedBug? = nil) {
    self.planted = planted
    // The streams of neighbouring seeds are one stream, shifted: mixed, they are not.
    random = SimRandom(seed: (seed ^ 0x5245_5354) &* 0xBF58_476D_1CE4_E5B9)
    state = Reconciliation(phase: .normal, standings: [:], planted: planted)
  }

  func run() -> UInt64 {
    for _ in 0..<6 { control.people[UserID(uuid())] = StatusMerge(status: .active, epoch: 0) }
    truth.people = control.people
    for _ in 0..<160 where violation == nil {
      step()
      checkControl()
    }
    // The end: everybody is online, nothing fails.
    if violation == nil, state.phase != .normal { sometimes("ended while reconciling") }
    for _ in 0..<3 { for region in regions.indices where violation == nil { contact(region) } }
    if violation == nil { checkEnd() }
    return trace.hash
  }

  private func step() {
    switch random.below(100) {
    case 0..<22: create()
    case 22..<32: rename()
    case 32..<36: relocate()
    case 36..<48: accept()
    case 48..<55: suspend()
    case 55..<63: removeMember()
    case 63..<67: endOrganization()
    case 67..<73: backups.append(control)
    case 73..<77: restore()
    case 77..<79: release()
    default: contact(random.below(regions.count))
    }
    trace.mix(UInt64(control.history.count) &* 131 &+ UInt64(control.slugs.count))
  }

  // MARK: What control does

  private func create() {
    guard state.mayGrant, let user = pickPerson() else { return }
    let slug = "s\(random.below(9))"
    guard control.slugs[slug] == nil else { return }
    let id = OrganizationID(uuid())
    let home = Home(region: random.below(regions.count), slug: slug, version: .init(generation: 1, revision: 1))
    checkSlugIsFree(slug, for: id)
    let grant = GrantID(uuid())
    change { control in
      control.homes[id] = home
      control.slugs[slug] = id
      control.grants[grant] = Grant(organization: id, user: user)
    }
  }

  private func rename() {
    guard state.mayGrant, let id = pickHome(), let home = control.homes[id] else { return }
    let slug = "s\(random.below(9))"
    guard control.slugs[slug] == nil else { return }
    checkSlugIsFree(slug, for: id)
    change { control in
      control.slugs[home.slug] = nil
      control.slugs[slug] = id
      control.homes[id]?.slug = slug
      control.homes[id]?.version = .init(generation: home.version.generation, revision: home.version.revision + 1)
    }
  }

  private func relocate() {
    guard state.mayGrant, let id = pickHome(), let home = control.homes[id], home.region != adversary else { return }
    let next = HomeMerge.Version(generation: home.version.generation + 1, revision: home.version.revision + 1)
    let target = random.below(3)
    moved.insert(id)
    note("relocate \(id) from \(home.region) to \(target)")
    // The old home has handed everything over: it holds the organization no more.
    guard target != home.region, isCurrent(home.region), isCurrent(target) else { return }
    change { control in
      control.homes[id]?.region = target
      control.homes[id]?.version = next
    }
    // What the old region ended, the new one remembers: the data went with the organization.
    regions[target].removed.formUnion(regions[home.region].removed)
    contact(home.region)
    contact(target)
  }

  private func accept() {
    guard let id = pickHome(), let home = control.homes[id], state.mayGrant(at: silo(home.region)),
      let user = pickPerson()
    else { return }
    guard !control.grants.values.contains(where: { $0.organization == id && $0.user == user && !$0.isEnded }) else {
      return
    }
    let grant = GrantID(uuid())
    change { $0.grants[grant] = Grant(organization: id, user: user) }
  }

  private func suspend() {
    guard let user = pickPerson(), let status = control.people[user] else { return }
    let next = StatusMerge(status: status.status == .active ? .suspended : .active, epoch: status.epoch + 1)
    change { $0.people[user] = next }
  }

  private func restore() {
    guard let backup = random.pick(backups), backup.history != control.history else { return }
    sometimes("control restored")
    let lost = control.history.count - backup.history.count
    note("restore from \(control.history.count) to \(backup.history.count)")
    control = backup
    parked = []
    brought = [:]
    told = [:]
    released = []
    for index in regions.indices { regions[index].isLate = false }
    apply(.epochStarted(isLossKnown: random.chance(500) && lost > 0, active: regions.indices.map(silo)))
  }

  private func release() {
    guard state.phase != .normal, random.chance(300) else { return }
    let index = random.below(regions.count)
    guard state.awaits(silo(index)) else { return }
    sometimes("region released")
    released.insert(index)
    regions[index].isLate = true
    apply(.released(silo(index)))
  }

  // MARK: What regions do

  private func removeMember() {
    let index = random.below(regions.count)
    // Only where it lives: a restored control may have given an organization back to a home that it had left.
    guard let id = random.pick(regions[index].grants.keys.sorted { $0 < $1 }),
      let organization = truth.grants[id]?.organization, truth.homes[organization]?.region == index
    else { return }
    regions[index].grants[id] = nil
    regions[index].removed.insert(id)
    note("region \(index) removes \(id)")
    truth.grants[id]?.isEnded = true
  }

  private func endOrganization() {
    let index = random.below(regions.count)
    guard let id = random.pick(regions[index].homes.keys.sorted { $0 < $1 }), truth.homes[id]?.region == index else {
      return
    }
    regions[index].homes[id] = nil
    regions[index].ended.insert(id)
    truth.homes[id]?.isEnded = true
  }

  /// A region calls: it is asked for receipts if control wants them, says what ended, and then holds what control entitles it to.
  func contact(_ index: Int) {
    note("contact \(index), phase \(state.phase), standing \(String(describing: state.standings[silo(index)]))")
    let survived = control.history.starts(with: regions[index].history)
    let verdict: ForkVerdict = survived ? .survived : random.chance(700) ? .lost : .unknown
    apply(.verdict(silo(index), verdict))
    if state.wantsReceipts(of: silo(index), after: verdict) {
      if regions[index].isLate { sometimes("released region came late") }
      let differences = merge(index)
      sometimes(differences > 0 ? "receipts told something new" : "receipts told nothing new")
      apply(.returned(silo(index), differences: differences))
    }
    regions[index].isLate = false
    tell(index)
    replicate(index)
  }

  /// What a region ends, ends at control: its own organizations and members only.
  private func tell(_ index: Int) {
    for id in regions[index].ended.sorted(by: { $0 < $1 }) where control.homes[id]?.region == index { end(id) }
    for id in regions[index].removed.sorted(by: { $0 < $1 }) {
      guard let grant = control.grants[id], !grant.isEnded, control.homes[grant.organization]?.region == index else {
        continue
      }
      record { control in
        control.grants[id]?.isEnded = true
        control.ended.insert(id)
      }
    }
    // An adversary forgets what it ended, and brings it back.
    if index == adversary { regions[index].removed = [] }
  }

  func end(_ id: OrganizationID) {
    guard let home = control.homes[id], !home.isEnded else { return }
    record { control in
      control.homes[id]?.isEnded = true
      if control.slugs[home.slug] == id { control.slugs[home.slug] = nil }
      for grant in control.grants.keys where control.grants[grant]?.organization == id {
        control.grants[grant]?.isEnded = true
        control.ended.insert(grant)
      }
    }
  }

  private func replicate(_ index: Int) {
    let homes = control.homes.filter { $0.value.region == index && !$0.value.isEnded }
    regions[index].homes = homes.mapValues { Receipt(value: $0, isSealed: true) }
    let grants = control.grants.filter { !$0.value.isEnded && homes[$0.value.organization] != nil }
    regions[index].grants = grants.mapValues { Receipt(value: $0, isSealed: true) }
    regions[index].hoard.merge(regions[index].grants) { $1 }
    regions[index].people = control.people
    regions[index].history = control.history
    if index == adversary, random.chance(300), let organization = random.pick(control.homes.keys.sorted { $0 < $1 }),
      let user = pickPerson()
    {
      sometimes("adversary forged a receipt")
      let forged = Receipt(value: Grant(organization: organization, user: user), isSealed: false)
      regions[index].hoard[GrantID(uuid())] = forged
    }
  }

  // MARK: Small things

  func apply(_ input: Reconciliation.Input) {
    for effect in state.handle(input) {
      switch effect {
      case .endCredentials: sometimes("sessions ended")
      case .opened: sometimes("grants opened")
      }
    }
  }

  /// A change of control that the world remembers for ever.
  private func change(_ body: (inout Control) -> Void) {
    record(body)
    body(&truth)
  }

  func record(_ body: (inout Control) -> Void) {
    body(&control)
    minted += 1
    control.history.append(minted)
  }

  func silo(_ index: Int) -> SiloNumber { SiloNumber(index + 1) ?? .control }
  func note(_ text: @autoclosure () -> String) { if trace.lines != nil { trace.lines?.append(text()) } }
  func sometimes(_ mark: String) { marks.insert("restore: " + mark) }
  func violate(_ text: String) { if violation == nil { violation = text } }

  private func isCurrent(_ index: Int) -> Bool {
    !regions[index].isLate && control.history.starts(with: regions[index].history)
  }

  private func pickPerson() -> UserID? { random.pick(control.people.keys.sorted { $0 < $1 }) }

  private func pickHome() -> OrganizationID? {
    random.pick(control.homes.filter { !$0.value.isEnded }.keys.sorted { $0 < $1 })
  }

  /// Time-based, as in production.
  func uuid() -> UUID {
    minted += 1
    let low = random.next()
    func byte(_ value: UInt64, _ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: value >> shift) }
    return UUID(
      uuid: (
        0, 0, byte(minted, 24), byte(minted, 16), byte(minted, 8), byte(minted, 0), 0x70, 0, 0x80, 0, byte(low, 40),
        byte(low, 32), byte(low, 24), byte(low, 16), byte(low, 8), byte(low, 0)
      ))
  }
}
