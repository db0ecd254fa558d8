import ControlPlane
import FoundationEssentials
import Silo
import Testing

@Suite struct DirectoryMapTests {
  private let acme = OrganizationID(UUID())
  private let globex = OrganizationID(UUID())
  private let project = UUID()
  private let key = "0123456789abcdef0123456789abcdef"

  private func map() throws -> DirectoryMap {
    let eu = try #require(RegionNumber(7))
    let us = try #require(RegionNumber(8))
    let map = DirectoryMap()
    var changes = DirectoryChanges()
    changes.organizations = [
      .init(id: acme, slug: "acme", region: eu, generation: 3),
      .init(id: globex, slug: "globex", region: us, state: .deleting),
    ]
    changes.slugs = [.init("acme", of: acme), .init("old-acme", of: acme, isAlias: true), .init("globex", of: globex)]
    changes.keys = [.init(key, organization: acme, project: project)]
    changes.regions = DirectoryChanges.Regions(
      [
        RegionEntry(number: eu, name: try RegionName("eu-1"), locality: "eu", url: "https://eu-1.example.com"),
        RegionEntry(number: us, name: try RegionName("us"), locality: "us", url: "https://us.example.com"),
      ], defaultRegion: us)
    map.apply(changes)
    return map
  }

  @Test("an organization is found by id, by its slug and by an alias, which says so")
  func organizations() throws {
    let map = try map()
    let found = try #require(map.organization(slug: "acme"))
    #expect(found.id == acme)
    #expect(found.region == RegionNumber(7))
    #expect(found.generation == 3)
    #expect(found.state == .active)
    #expect(!found.isAlias)
    #expect(map.organization(id: acme) == found)
    let alias = try #require(map.organization(slug: "old-acme"))
    #expect(alias.isAlias)
    #expect(alias.slug == "acme")
    #expect(map.organization(slug: "/x/acme/y".split(separator: "/")[1]) == found)
    #expect(map.organization(slug: "globex")?.state == .deleting)
  }

  @Test(
    "a slug is compared byte by byte and never guessed",
    arguments: [
      "", "ACME", "acme ", "acme.", "acm", "acmee", "%61cme", "acme\u{0}", "a\u{301}cme",
      String(repeating: "a", count: 64),
    ])
  func noGuess(slug: String) throws {
    #expect(try map().organization(slug: slug) == nil)
  }

  @Test("a project key leads to its organization's home, wherever that is now")
  func keys() throws {
    let map = try map()
    let found = try #require(map.projectKey(key))
    #expect(found.organization == acme)
    #expect(found.region == RegionNumber(7))
    #expect(found.generation == 3)
    #expect(found.project == project)
    #expect(found.isActive)
    var moved = DirectoryChanges()
    moved.organizations = [.init(id: acme, slug: "acme", region: try #require(RegionNumber(8)), generation: 4)]
    map.apply(moved)
    #expect(map.projectKey(key)?.region == RegionNumber(8))
    #expect(map.projectKey(key)?.generation == 4)
    for text in ["", key.uppercased(), String(key.dropLast()), key + "0", String(repeating: "g", count: 32)] {
      #expect(map.projectKey(text) == nil)
    }
  }

  @Test("what is gone is not found: slug, key, and a key whose organization is gone")
  func gone() throws {
    let map = try map()
    var changes = DirectoryChanges()
    changes.goneSlugs = ["old-acme"]
    map.apply(changes)
    #expect(map.organization(slug: "old-acme") == nil)
    #expect(map.organization(slug: "acme") != nil)
    changes = DirectoryChanges()
    changes.goneOrganizations = [acme]
    map.apply(changes)
    #expect(map.organization(slug: "acme") == nil)
    #expect(map.projectKey(key) == nil)
    #expect(map.counts.keys == 1)
  }

  @Test("two organizations that swap their slugs are found by the other's name at once")
  func swap() throws {
    let map = try map()
    var changes = DirectoryChanges()
    changes.organizations = [
      .init(id: acme, slug: "globex", region: try #require(RegionNumber(7)), generation: 3),
      .init(id: globex, slug: "acme", region: try #require(RegionNumber(8))),
    ]
    changes.slugs = [.init("acme", of: globex), .init("globex", of: acme)]
    map.apply(changes)
    #expect(map.organization(slug: "acme")?.id == globex)
    #expect(map.organization(slug: "globex")?.id == acme)
    #expect(map.organization(id: acme)?.slug == "globex")
  }

  @Test("a region is found by number, by name, and by a locality that has no other")
  func regions() throws {
    let map = try map()
    #expect(map.region(try #require(RegionNumber(7)))?.name.text == "eu-1")
    #expect(map.region(try #require(RegionNumber(9))) == nil)
    #expect(map.region(hostLabel: "eu-1")?.number == RegionNumber(7))
    #expect(map.region(hostLabel: "eu")?.number == RegionNumber(7))
    #expect(map.region(hostLabel: "EU") == nil)
    #expect(map.defaultRegion?.name.text == "us")
    var changes = DirectoryChanges()
    let second = RegionEntry(
      number: try #require(RegionNumber(9)), name: try RegionName("eu-2"), locality: "eu",
      url: "https://eu-2.example.com")
    changes.regions = DirectoryChanges.Regions(map.regions + [second])
    map.apply(changes)
    #expect(map.region(hostLabel: "eu") == nil)
    #expect(map.region(hostLabel: "eu-2")?.number == RegionNumber(9))
    #expect(map.defaultRegion == nil)
  }
}
