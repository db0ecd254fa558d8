import FoundationEssentials
import Silo
import SyncProtocol
import Testing

@Suite struct NameTests {
  @Test(
    "a slug is a lower-case DNS label that is not reserved",
    arguments: ["a", "acme", "a-b", "a1", "1a", String(repeating: "a", count: 63)])
  func goodSlug(text: String) throws { #expect(try OrganizationSlug(text).text == text) }

  @Test(
    "a slug that breaks a rule is refused with the rule",
    arguments: [
      ("", NameRefusal.length), (String(repeating: "a", count: 64), .length), ("A", .character), ("a_b", .character),
      ("a.b", .character), ("\u{E9}", .character), ("a\u{0}", .character), ("-a", .hyphen), ("a-", .hyphen),
      ("xn--a", .hyphen), ("ab--c", .hyphen), ("www", .reserved), ("admin", .reserved),
      ("018f5b6e-7c1a-7b3e-9f00-000000000000", .reserved),
    ])
  func badSlug(text: String, refusal: NameRefusal) {
    #expect(throws: refusal) { try OrganizationSlug(text) }
  }

  @Test("no region is called control, and its token audience names it")
  func region() throws {
    #expect(throws: NameRefusal.reserved) { try RegionName("control") }
    #expect(try RegionName("eu").tokenAudience == "region:eu")
  }

  @Test("region numbers are 1 to 4095", arguments: [(0, false), (1, true), (4095, true), (4096, false), (-1, false)])
  func numbers(number: Int, isValid: Bool) {
    #expect((RegionNumber(number) != nil) == isValid)
    #expect(RegionNumber(number).map { Int($0.silo.value) == number } ?? true)
  }

  @Test("letter case and Unicode form do not make another address; look-alikes, dots and tags do")
  func sameAddress() throws {
    let plain = try EmailAddress("Jos\u{E9}@Example.com")
    #expect(try EmailAddress("jose\u{301}@EXAMPLE.com ") == plain)
    #expect(try EmailAddress("Jos\u{E9}@Example.com").text == "Jos\u{E9}@Example.com")
    for other in [
      "jose@example.com", "j.os\u{E9}@example.com", "jos\u{E9}+x@example.com", "\u{458}os\u{E9}@example.com",
    ] {
      #expect(try EmailAddress(other) != plain)
    }
    // The dotless i of Turkish is no i.
    #expect(try EmailAddress("adm\u{131}n@example.com") != EmailAddress("admin@example.com"))
  }

  @Test(
    "what is no address is refused",
    arguments: [
      "", " ", "a", "@", "a@", "@b.c", "a@b", "a@b.", "a@.b", "a@b..c", "a@@b.c", "a@b.c@d.e", "a b@c.de", "a\u{0}@b.c",
      "a\u{200B}@b.c", "a\"b@c.de", "a@-b.c", "a@b-.c", "a@b_c.de", ".a@b.c", "a.@b.c", "<a@b.c>",
      String(repeating: "a", count: 65) + "@b.c", "a@" + String(repeating: "b", count: 64) + ".c",
      "a@" + String(repeating: "bcdef.", count: 42) + "c", String(repeating: " ", count: 2000) + "a@b.c",
    ])
  func badAddress(text: String) {
    #expect(throws: EmailAddress.Refusal.self) { try EmailAddress(text) }
  }

  @Test("a UUIDv7 carries its time, version and variant, and sorts by time")
  func identifiers() {
    let early = IdentifierSource(milliseconds: { 0x0123_4567_89AB }, random: { .max }).uuid()
    #expect(early.uuidString.lowercased() == "01234567-89ab-7fff-bfff-ffffffffffff")
    let late = IdentifierSource(milliseconds: { 0x0123_4567_89AC }, random: { 0 })
    #expect(UserID(early) < late.next(UserID.self))
    #expect(UserID("01234567-89AB-7FFF-BFFF-FFFFFFFFFFFF")?.description == early.uuidString.lowercased())
    #expect(UserID("0123456789ab7fffbfffffffffffffff") == nil)
  }

  @Test("roles rise from member to owner, and nobody manages above themselves")
  func roles() {
    for permission in OrganizationPermission.allCases {
      #expect(OrganizationRole.owner.allows(permission))
      if OrganizationRole.member.allows(permission) { #expect(OrganizationRole.admin.allows(permission)) }
    }
    #expect(!OrganizationRole.member.allows(.inviteMembers))
    #expect(!OrganizationRole.admin.allows(.deleteOrganization))
    #expect(!OrganizationRole.admin.mayManage(.owner))
    #expect(OrganizationRole.admin.mayManage(.admin))
    #expect(!OrganizationRole.member.mayManage(.member))
    for permission in OperatorPermission.allCases { #expect(OperatorRole.owner.allows(permission)) }
    #expect(!OperatorRole.auditor.allows(.manageRegions))
    #expect(!OperatorRole.operator.allows(.manageOperators))
  }

  @Test("every kind travels once, and status, epoch and keys in the priority lane")
  func kinds() {
    let all = ReplicatedModels.toRegion + ReplicatedModels.toControl
    #expect(Set(all.map(\.kind)).count == all.count)
    let priority = ["user_status", "token_key", "control_session", "api_token"]
    #expect(all.filter { $0.lane == .priority }.map(\.kind.name) == priority)
    #expect(all.allSatisfy { Set($0.fields.map(\.name)).count == $0.fields.count })
  }
}
