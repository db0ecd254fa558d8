internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

/// Finds the region of a request from memory: by the organization in its path, by its project key, by its host; never by a guess.
struct GatewayResolver: Sendable {
  let map: DirectoryMap
  let patterns: GatewayPatterns
  /// Host of the site without a port, in lower case.
  let siteHost: String

  /// - Throws: ``Problem``: 404 for an organization, key or host that nobody has, 503 before the map is there.
  func route(_ target: GatewayTarget) throws(Problem) -> GatewayRoute {
    guard map.isLoaded else {
      throw Problem.unavailable("The gateway does not know yet where organizations live.", retryAfter: 1)
    }
    let named = try region(host: target.host)
    switch target.ingest {
    case .key(let key): return try route(key: key, named: named, target)
    case .unnamed:
      guard named != nil || map.defaultRegion != nil else { throw IngestKey.missing }
      return try unnamed(named, target, missing: "The path", isIngest: true)
    case nil: break
    }
    guard let (text, _) = patterns.match(target.path) else {
      return try unnamed(named, target, missing: "The path")
    }
    guard let entry = organization(text) else {
      if let better = respelled(text, of: target) { throw better }
      return try unnamed(named, target, missing: "The organization")
    }
    guard entry.state != .deleting else { throw Problem.notFound("The organization") }
    return try route(
      GatewayRoute.Home(organization: entry.id, generation: entry.generation), in: entry.region, named: named,
      isIngest: false)
  }

  private func organization(_ text: some StringProtocol) -> OrganizationEntry? {
    OrganizationID(String(text)).map { map.organization(id: $0) } ?? map.organization(slug: text)
  }

  /// Sends a caller to the spelling that the organization has: regions compare bytes, so a path is not passed on as somebody else wrote it, nor changed on its way.
  private func respelled(_ text: Substring, of target: GatewayTarget) -> Problem? {
    guard let decoded = PercentDecoding.text(text) else { return nil }
    let folded = SlugSpelling.folded(decoded)
    guard folded != text,
      folded.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }),
      organization(folded) != nil
    else { return nil }
    let path = target.path[..<text.startIndex] + folded + target.path[text.endIndex...]
    return Problem(
      .permanentRedirect, "slug-spelling", title: "The organization is spelled otherwise",
      detail: "Nothing was done. Send the request to the path in Location.",
      headers: [.location: target.query.isEmpty ? String(path) : "\(path)?\(target.query)"])
  }

  private func route(
    key: String, named: RegionEntry?, _ target: GatewayTarget
  ) throws(Problem) -> GatewayRoute {
    guard let entry = map.projectKey(key) else {
      return try unnamed(named, target, missing: "The project key", isIngest: true)
    }
    guard entry.isActive else {
      throw Problem(
        .forbidden, "project-key-inactive", title: "The project key is not in use",
        detail: "It was switched off or belongs to nobody now. Nothing was stored.")
    }
    return try route(
      GatewayRoute.Home(organization: entry.organization, generation: entry.generation), in: entry.region,
      named: named, isIngest: true)
  }

  private func route(
    _ home: GatewayRoute.Home, in number: RegionNumber, named: RegionEntry?, isIngest: Bool
  ) throws(Problem) -> GatewayRoute {
    guard let region = map.region(number) else {
      throw Problem.unavailable("The region of this organization is not known here yet.", retryAfter: 2)
    }
    guard named.map({ $0.number == number }) ?? true else {
      throw Problem(
        .misdirectedRequest, "other-region", title: "The organization does not live in the region that the host names",
        members: ["region": .string(region.name.text), "region_url": .string(region.url)])
    }
    return GatewayRoute(region: region, home: home, isIngest: isIngest)
  }

  /// A request that names nothing known is the default region's, when there is one and no other region was named.
  private func unnamed(
    _ named: RegionEntry?, _ target: GatewayTarget, missing: String, isIngest: Bool = false
  ) throws(Problem) -> GatewayRoute {
    if let named {
      // A region's host stands for the region itself where a path names no organization at all.
      guard missing == "The path" else { throw Problem.notFound(missing) }
      return GatewayRoute(region: named, home: nil, isIngest: isIngest)
    }
    guard let region = map.defaultRegion else { throw Problem.notFound(missing) }
    map.noteDefaultRegion(target.template(missing))
    return GatewayRoute(region: region, home: nil, isIngest: isIngest)
  }

  /// The region that a host `{region}.` + the site's host names; nil for the site itself and for addresses.
  private func region(host: String) throws(Problem) -> RegionEntry? {
    guard host.utf8.count > siteHost.utf8.count + 1, host.hasSuffix(siteHost) else { return nil }
    let label = host.dropLast(siteHost.count)
    guard label.hasSuffix(".") else { return nil }
    guard let region = map.region(hostLabel: label.dropLast()) else { throw Problem.notFound("The region") }
    return region
  }
}
