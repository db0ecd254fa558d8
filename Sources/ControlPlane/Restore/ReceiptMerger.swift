internal import FoundationEssentials
internal import Outbox
internal import Silo
internal import SyncProtocol

/// Merges one region's receipts into a control that may not remember them, in the caller's transaction.
///
/// A receipt counts only with control's own seal for this region. Nothing is granted twice, and nothing that control remembers as ended comes back.
struct ReceiptMerger: Sendable {
  let environment: ControlEnvironment
  let region: RegionNumber
  /// What control knows about its own stream keys.
  let known: @Sendable (String) -> KnownKey?

  /// What a page changed.
  struct Outcome: Sendable, Hashable {
    var differences: Int64 = 0
    var parked: Int64 = 0
  }

  func merge(
    _ receipts: [ReceiptDocument], ended: [RowKey], on control: ControlConnection
  ) async throws -> Outcome {
    var outcome = Outcome()
    // Homes before the grants that need them, whatever order they came in.
    for model in [ReplicatedModels.organizationHome, ReplicatedModels.grant, ReplicatedModels.userStatus] {
      for receipt in receipts where receipt.kind == model.kind {
        guard ReceiptSeal.isValid(receipt, of: model, region: region, known: known) else {
          try await park(receipt, .notSealed, &outcome, on: control)
          continue
        }
        let isParsed: Bool
        switch model.kind {
        case ReplicatedModels.organizationHome.kind: isParsed = try await home(receipt, &outcome, on: control)
        case ReplicatedModels.grant.kind: isParsed = try await grant(receipt, &outcome, on: control)
        default: isParsed = try await status(receipt, &outcome, on: control)
        }
        if !isParsed { try await park(receipt, .malformed, &outcome, on: control) }
      }
    }
    try await end(ended, &outcome, on: control)
    return outcome
  }

  private func home(
    _ receipt: ReceiptDocument, _ outcome: inout Outcome, on control: ControlConnection
  ) async throws -> Bool {
    guard let organization = OrganizationID(receipt.key.text), let slug = receipt.value(of: "slug"),
      let name = receipt.value(of: "name"), let generation = receipt.value(of: "generation").flatMap({ Int64($0) }),
      let revision = receipt.value(of: "revision").flatMap({ Int64($0) }),
      let creator = receipt.value(of: "creator_grant_id").flatMap({ UUID(uuidString: $0) })
    else { return false }
    let claim = HomeMerge.Claim(
      organization: organization, region: region, slug: slug,
      version: .init(generation: generation, revision: revision))
    let isProvisioning = receipt.value(of: "state") == OrganizationHomeState.provisioning.rawValue
    let new = ReceiptStore.NewHome(claim: claim, name: name, isProvisioning: isProvisioning, creatorGrant: creator)
    let known = try await ReceiptStore.home(organization, on: control)
    let owner = try await ReceiptStore.owner(ofSlug: slug, now: environment.now(), on: control)
    switch HomeMerge.decide(claim, known: known, owner: owner) {
    case .keep: break
    case .conflict: try await park(receipt, .conflict, &outcome, on: control)
    case .establish(let choice):
      outcome.differences += 1
      try await establish(new, choice, known: known, receipt, &outcome, on: control)
    }
    return true
  }

  private func establish(
    _ new: ReceiptStore.NewHome, _ choice: HomeMerge.SlugChoice, known: HomeMerge.Known?, _ receipt: ReceiptDocument,
    _ outcome: inout Outcome, on control: ControlConnection
  ) async throws {
    let claim = new.claim
    let restUntil = environment.after(environment.limits.slugRest)
    var slug = claim.slug
    switch choice {
    case .take: break
    case .park:
      slug = known?.slug ?? HomeMerge.parkedSlug(of: claim.organization)
      try await park(receipt, .conflict, &outcome, on: control)
    case .takeFrom(let loser):
      // First the loser's new name, then the slug: each organization has one at every instant.
      try await ReceiptStore.give(
        HomeMerge.parkedSlug(of: loser), to: loser, restUntil: restUntil, on: control)
      try await ReconcileStore.park(
        region, kind: receipt.kind.name, key: loser.description, code: .conflict, on: control)
      outcome.parked += 1
    }
    try await ReceiptStore.establish(new, slug: slug, on: control)
    try await ReceiptStore.give(slug, to: claim.organization, restUntil: restUntil, on: control)
    // Giving a slug raises the revision: a receipt that comes again must still be known.
    try await ReceiptStore.establish(new, slug: slug, on: control)
    try await ReceiptStore.entitle(claim.organization, on: control)
    try await AuditStore.append(
      .region(region), "receipt.home", claim.organization.description, isAlarm: choice != .take, on: control)
  }

  private func grant(
    _ receipt: ReceiptDocument, _ outcome: inout Outcome, on control: ControlConnection
  ) async throws -> Bool {
    guard let id = GrantID(receipt.key.text),
      let organization = receipt.value(of: "organization_id").flatMap({ OrganizationID($0) }),
      let user = receipt.value(of: "user_id").flatMap({ UserID($0) }),
      let role = receipt.value(of: "role").flatMap({ OrganizationRole(rawValue: $0) }),
      let source = receipt.value(of: "source")
    else { return false }
    let invitation = receipt.value(of: "invitation_id").flatMap { InvitationID($0) }
    guard (source == "invitation") == (invitation != nil), source == "invitation" || source == "creator" else {
      return false
    }
    let facts = try await ReceiptStore.facts(
      grant: id, organization: organization, user: user, invitation: invitation, region: region, on: control)
    switch GrantMerge.decide(facts, isSealed: true) {
    case .keep: break
    case .park(let code): try await park(receipt, code, &outcome, on: control)
    case .record:
      _ = try await GrantStore.insert(
        id, organization: organization, user: user, role: role, source: invitation.map { .invitation($0) } ?? .creator,
        region: region, on: control)
      try await AuditStore.append(.region(region), "receipt.grant", id.description, on: control)
      outcome.differences += 1
    }
    return true
  }

  private func status(
    _ receipt: ReceiptDocument, _ outcome: inout Outcome, on control: ControlConnection
  ) async throws -> Bool {
    guard let user = UserID(receipt.key.text),
      let status = receipt.value(of: "status").flatMap({ UserStatus(rawValue: $0) }),
      let epoch = receipt.value(of: "epoch").flatMap({ Int64($0) })
    else { return false }
    // Somebody whose account is gone stays gone.
    guard let known = try await ReceiptStore.status(user, on: control) else { return true }
    let merged = known.joined(with: StatusMerge(status: status, epoch: epoch))
    guard merged != known else { return true }
    try await ReceiptStore.set(merged, of: user, on: control)
    if merged.status == .deleted, known.status != .deleted {
      // The backup holds again what was erased.
      try await AccountStore.deleteAgain(user, now: environment.now(), on: control)
      try await AuditStore.append(.region(region), "receipt.deletion", user.description, on: control)
    }
    outcome.differences += 1
    return true
  }

  /// A region is the one that ends its organizations, and nobody else has their API tokens: its word needs no seal.
  private func end(_ keys: [RowKey], _ outcome: inout Outcome, on control: ControlConnection) async throws {
    for token in try await ReceiptStore.revokeTokens(keys.uuids, in: region, on: control) {
      try await AuditStore.append(.region(region), "receipt.api_token", token.uuidString.lowercased(), on: control)
      outcome.differences += 1
    }
    let living = try await ReceiptStore.living(keys.uuids, in: region, on: control)
    guard !living.isEmpty else { return }
    try await UpstreamStore.end(
      living, slugsRestUntil: environment.after(environment.limits.slugRest), on: control.connection)
    outcome.differences += Int64(living.count)
  }

  private func park(
    _ receipt: ReceiptDocument, _ code: ParkedCode, _ outcome: inout Outcome, on control: ControlConnection
  ) async throws {
    try await ReconcileStore.park(region, kind: receipt.kind.name, key: receipt.key.text, code: code, on: control)
    outcome.parked += 1
  }
}
