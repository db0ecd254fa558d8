import Silo
import Testing

@Suite("The text of API tokens")
struct APITokenFormatTests {
  @Test("names its region, and survives no typing error")
  func format() throws {
    for name in ["eu", "eu-2", String(repeating: "a", count: 63)] {
      let token = APITokenFormat.mint(for: try RegionName(name))
      #expect(APITokenFormat.region(of: token)?.text == name)
      for index in token.indices {
        var other = token
        other.replaceSubrange(index...index, with: token[index] == "x" ? "y" : "x")
        #expect(APITokenFormat.region(of: other) == nil)
      }
      #expect(APITokenFormat.region(of: String(token.dropLast())) == nil)
    }
    #expect(APITokenFormat.mint(for: try RegionName("eu")) != APITokenFormat.mint(for: try RegionName("eu")))
  }

  @Test(
    "is not read from anything else", arguments: ["", "atl_org_", "atl_org__", "atls_x", "atl_org_EU_x", "atl_org_eu"])
  func others(text: String) { #expect(APITokenFormat.region(of: text) == nil) }

  @Test("scopes are known names or the application's own")
  func scopes() {
    for name in APITokenScope.known + ["app:a", "app:events.write_2-x"] { #expect(APITokenScope(name) != nil) }
    for name in ["", "org", "app:", "app:A", "app:a b", "APP:a", "app:" + String(repeating: "a", count: 41)] {
      #expect(APITokenScope(name) == nil)
    }
    let scopes = OrganizationPermission.allCases.compactMap(\.scope)
    #expect(Set(scopes) == Set(APITokenScope.known))
  }
}
