internal import HTTPTypes
package import Hummingbird
internal import Web

/// Tells whether a page of our own asks. Cookies cannot: a region's subdomain is the same *site*, `SameSite` lets its forms through, and it may
/// belong to a customer.
package enum OwnOrigin {
  /// - Throws: ``Problem`` 403 unless the browser says that a page of exactly this origin asks.
  package static func require(_ request: Request, at site: ControlSite) throws {
    guard isOwn(request, at: site) else {
      throw Problem(
        .forbidden, "foreign-origin", title: "This came from another site",
        detail: "Changes are made on the pages of \(site.url) only.")
    }
  }

  /// `Origin` decides where there is one. Browsers send it with every POST; where a proxy took it away, `Sec-Fetch-Site` says the same. With
  /// neither nobody knows, and that is no.
  package static func isOwn(_ request: Request, at site: ControlSite) -> Bool {
    let fetchSite = request.headers[values: fetchSiteName]
    guard fetchSite.allSatisfy({ $0 == "same-origin" }) else { return false }
    let origins = request.headers[values: .origin]
    if !origins.isEmpty { return origins == [site.url] }
    return fetchSite.count == 1
  }

  private static let fetchSiteName = HTTPField.Name("Sec-Fetch-Site") ?? .via
}
