import FoundationEssentials
import HTTPTypes
import Silo
import Testing
import Web

@testable import RegionAgent

@Suite("Who may act in an organization")
struct AccessTests {
  private let caller = Caller(user: .new(), organization: .new(), epoch: 5)

  private func facts(
    status: UserStatus? = .active, epoch: Int64 = 5, arrived: Bool = true, role: OrganizationRole? = .member,
    organization: OrganizationID? = nil
  ) -> AccessFacts {
    var facts = AccessFacts(userArrived: arrived)
    facts.status = status.map { AccessFacts.Status(value: $0, epoch: epoch) }
    facts.organization = Organization(
      id: organization ?? caller.organization ?? .new(), slug: "acme", name: "Acme", generation: 1, createdAt: Date())
    facts.membership = role.map { AccessFacts.Membership(id: .new(), role: $0) }
    return facts
  }

  private func refusal(_ facts: AccessFacts) -> Problem? {
    do throws(Problem) {
      _ = try Access(caller, facts, age: 0)
      return nil
    } catch {
      return error
    }
  }

  @Test("a member whose rows are here may")
  func member() { #expect(refusal(facts()) == nil) }

  @Test("a user row or status that has not arrived is 503 with Retry-After, never 403")
  func notArrived() {
    for facts in [facts(arrived: false), facts(status: nil)] {
      let problem = refusal(facts)
      #expect(problem?.status == .serviceUnavailable)
      #expect(problem?.retryAfter == Access.retryAfterSeconds)
    }
  }

  @Test("a credential of an ended epoch or of a deleted user is 401")
  func ended() {
    #expect(refusal(facts(epoch: 6))?.status == .unauthorized)
    #expect(refusal(facts(status: .deleted))?.status == .unauthorized)
  }

  @Test("a credential of a newer epoch than has arrived is accepted")
  func newer() { #expect(refusal(facts(epoch: 4)) == nil) }

  @Test("a suspended user is 403")
  func suspended() { #expect(refusal(facts(status: .suspended))?.code == "account-suspended") }

  @Test("no membership, no organization and another organization than the token's are the same 404")
  func hidden() {
    var none = facts()
    none.organization = nil
    for facts in [facts(role: nil), facts(organization: .new()), none] {
      #expect(refusal(facts)?.status == .notFound)
    }
  }

  @Test("a role is required for each permission, and none reaches above itself")
  func roles() throws {
    let member = try Access(caller, facts(), age: 0)
    let admin = try Access(caller, facts(role: .admin), age: 0)
    #expect(throws: Problem.self) { try member.require(.inviteMembers) }
    #expect(throws: Problem.self) { try admin.require(.deleteOrganization) }
    #expect(throws: Problem.self) { try admin.requireMayManage(.owner) }
    #expect(throws: Problem.self) { try member.requireMayManage(.member) }
    #expect(throws: Never.self) { try admin.requireMayManage(.admin) }
  }
}
