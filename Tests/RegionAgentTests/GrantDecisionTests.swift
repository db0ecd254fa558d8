import FoundationEssentials
import Silo
import Testing

@testable import RegionAgent

@Suite("What becomes of a grant")
struct GrantDecisionTests {
  private let grant = GrantID.new()
  private let organization = OrganizationID.new()
  private let invitation = InvitationID.new()

  private func facts(
    role: OrganizationRole = .owner, invited: Bool = false, live: Bool = true,
    home: OrganizationHomeState? = .provisioning,
    status: String? = nil
  ) -> GrantFacts {
    var facts = GrantFacts(
      grant: ReceivedGrant(
        id: grant, organization: organization, user: .new(), role: role, source: "x",
        invitation: invited ? invitation : nil, state: live ? "live" : "ended"),
      isDecided: false, isMember: false)
    facts.home = home.map {
      ReceivedHome(id: organization, name: "Acme", generation: 3, state: $0, creatorGrant: invited ? .new() : grant)
    }
    facts.organizationStatus = status
    if invited { facts.invitation = received(role: role) }
    return facts
  }

  private func received(role: OrganizationRole, state: Invitation.State = .pending) -> Invitation {
    Invitation(
      id: invitation, organization: organization, email: "a@b.c", role: role, state: state, expiresAt: Date(),
      createdAt: Date())
  }

  @Test("the creator's grant with a home in provisioning makes the organization at the home's generation")
  func creator() {
    #expect(GrantDecision(facts()) == .createOrganization(name: "Acme", generation: 3))
  }

  @Test("without the home, or for another's grant before the organization is there, it waits")
  func waits() {
    #expect(GrantDecision(facts(home: nil)) == .wait)
    #expect(GrantDecision(facts(invited: true)) == .wait)
    #expect(GrantDecision(facts(role: .admin)) == .wait)
  }

  @Test("an active home whose organization is not here invents nothing")
  func lost() { #expect(GrantDecision(facts(home: .active)) == .wait) }

  @Test("a grant with a pending invitation makes the member with the invitation's role")
  func invited() {
    #expect(
      GrantDecision(facts(role: .admin, invited: true, status: "active")) == .addMember(.admin, closing: invitation))
  }

  @Test("what cannot be honoured is refused, each for its reason")
  func refused() {
    #expect(GrantDecision(facts(status: "active")) == .refuse(.notInvited, closing: nil))
    #expect(GrantDecision(facts(invited: true, status: "deleted")) == .refuse(.organizationDeleted, closing: nil))
    var facts = facts(role: .member, invited: true, status: "active")
    facts.isMember = true
    #expect(GrantDecision(facts) == .refuse(.alreadyMember, closing: invitation))
    facts.isMember = false
    facts.invitation = received(role: .admin)
    #expect(GrantDecision(facts) == .refuse(.invitationMismatch, closing: nil))
    for state in [Invitation.State.accepted, .revoked] {
      facts.invitation = received(role: .member, state: state)
      #expect(GrantDecision(facts) == .refuse(.invitationClosed, closing: nil))
    }
    facts.invitation = nil
    #expect(GrantDecision(facts) == .refuse(.invitationUnknown, closing: nil))
  }

  @Test("a decided grant stays decided; when it ends, the membership ends")
  func decided() {
    var decided = facts(invited: true, status: "active")
    decided.isDecided = true
    #expect(GrantDecision(decided) == .wait)
    decided.grant?.state = "ended"
    #expect(GrantDecision(decided) == .end)
    decided.grant = nil
    #expect(GrantDecision(decided) == .end)
    decided.isDecided = false
    #expect(GrantDecision(decided) == .wait)
  }
}
