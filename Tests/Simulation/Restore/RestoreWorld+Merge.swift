import Silo
import SyncProtocol

/// What control does with receipts, over the model's tables, by production's decisions.
extension RestoreWorld {
  func merge(_ index: Int) -> Int64 {
    var differences: Int64 = 0
    guard let number = RegionNumber(index + 1) else { return 0 }
    for (id, receipt) in regions[index].homes.sorted(by: { $0.key < $1.key }) {
      guard receipt.value.region == index else { continue }
      brought[id] = max(brought[id] ?? receipt.value.version, receipt.value.version)
      differences += home(id, receipt.value, number)
    }
    // An adversary brings back what it ever had, and what it made up.
    let grants = index == adversary ? regions[index].hoard : regions[index].grants
    for (id, receipt) in grants.sorted(by: { $0.key < $1.key }) { differences += grant(id, receipt, index) }
    for (user, status) in regions[index].people.sorted(by: { $0.key < $1.key }) {
      guard let known = control.people[user] else { continue }
      told[user] = max(told[user] ?? 0, status.epoch)
      let merged = known.joined(with: status, planted: planted)
      guard merged != known else { continue }
      differences += 1
      record { $0.people[user] = merged }
    }
    for id in regions[index].ended.sorted(by: { $0 < $1 }) where control.homes[id]?.region == index {
      if control.homes[id]?.isEnded == false { differences += 1 }
      end(id)
    }
    return differences
  }

  private func home(_ id: OrganizationID, _ home: Home, _ number: RegionNumber) -> Int64 {
    let known = control.homes[id].flatMap { known in
      RegionNumber(known.region + 1).map {
        HomeMerge.Known(region: $0, slug: known.slug, version: known.version, isEnded: known.isEnded)
      }
    }
    let owner = control.slugs[home.slug].flatMap { owner in
      control.homes[owner].map { HomeMerge.Owner(organization: owner, version: $0.version, isResting: false) }
    }
    let claim = HomeMerge.Claim(organization: id, region: number, slug: home.slug, version: home.version)
    switch HomeMerge.decide(claim, known: known, owner: owner, planted: planted) {
    case .keep: return 0
    case .conflict:
      parked.insert(id)
      return 0
    case .establish(let choice):
      var slug = home.slug
      switch choice {
      case .take: break
      case .takeFrom(let loser):
        sometimes("slug taken from a later claim")
        parked.insert(loser)
        let other = HomeMerge.parkedSlug(of: loser)
        record { control in
          control.homes[loser]?.slug = other
          control.slugs[other] = loser
        }
      case .park:
        sometimes("claim of a slug parked")
        parked.insert(id)
        slug = control.homes[id]?.slug ?? HomeMerge.parkedSlug(of: id)
      }
      record { control in
        if let old = control.homes[id]?.slug, old != slug, control.slugs[old] == id { control.slugs[old] = nil }
        control.slugs[slug] = id
        control.homes[id] = Home(region: home.region, slug: slug, version: home.version)
      }
      return 1
    }
  }

  private func grant(_ id: GrantID, _ receipt: Receipt<Grant>, _ index: Int) -> Int64 {
    let grant = receipt.value
    let home = control.homes[grant.organization]
    let facts = GrantMerge.Facts(
      isKnown: control.grants[id] != nil, isHome: home?.region == index, isOrganizationEnded: home?.isEnded ?? false,
      isUserKnown: control.people[grant.user] != nil, isUserDeleted: false,
      isTaken: control.grants.contains {
        $0.key != id && $0.value.organization == grant.organization && $0.value.user == grant.user && !$0.value.isEnded
      })
    guard GrantMerge.decide(facts, isSealed: receipt.isSealed, planted: planted) == .record else { return 0 }
    record { $0.grants[id] = grant }
    return 1
  }

  // MARK: What must hold

  /// A slug that control gives must not be another living organization's, unless an operator went on without the region that knows of it.
  func checkSlugIsFree(_ slug: String, for id: OrganizationID) {
    for (other, home) in truth.homes where other != id && home.slug == slug && !home.isEnded {
      // Only what a region holds can be brought back: what no region ever heard of is gone.
      let holders = regions.indices.filter { regions[$0].homes[other]?.value.slug == slug }
      if holders.contains(where: { !released.contains($0) }), control.slugs[slug] != other {
        violate("slug \(slug) was granted twice")
      }
    }
  }

  func checkControl() {
    var owners: [String: OrganizationID] = [:]
    for (id, home) in control.homes where !home.isEnded {
      if let other = owners[home.slug], other != id { violate("slug \(home.slug) has two owners") }
      owners[home.slug] = id
      if control.slugs[home.slug] != id { violate("slug \(home.slug) is not its organization's") }
    }
    for (id, grant) in control.grants where !grant.isEnded {
      if truth.grants[id] == nil { violate("grant \(id) in \(grant.organization) was never given by control") }
      if control.ended.contains(id) { violate("grant \(id) is known to have ended and came back") }
    }
  }

  /// After everybody has called: what was given after the backup is back, what ended has ended.
  func checkEnd() {
    guard state.phase == .normal else { return violate("still \(state.phase) after every region returned") }
    for (id, grant) in control.grants where !grant.isEnded && truth.grants[id]?.isEnded == true {
      // An adversary decides about its own members as it likes.
      guard control.homes[grant.organization]?.region != adversary, !parked.contains(grant.organization),
        !moved.contains(grant.organization)
      else { continue }
      violate("grant \(id) ended and came back")
    }
    for (index, region) in regions.enumerated() {
      for (id, receipt) in region.homes {
        guard let home = control.homes[id] else { return violate("organization \(id) is not at control any more") }
        if home != receipt.value { violate("home of \(id) differs between control and region \(index)") }
      }
    }
    for (user, epoch) in told where (control.people[user]?.epoch ?? epoch) < epoch {
      violate("the epoch of \(user) fell")
    }
    checkBroughtBack()
  }

  /// Homes: a region that held a newer one before the restore is what control says now.
  private func checkBroughtBack() {
    for (id, newest) in brought where control.homes[id]?.isEnded == false && !parked.contains(id) {
      guard let home = control.homes[id] else { continue }
      if home.version < newest { violate("home of \(id) fell from \(newest) to \(home.version)") }
    }
  }
}
