import RegionAgent
import Web

extension Settings {
  /// The application behind a region; nil when there is none.
  /// - Throws: ``CommandFailure`` when a value is not understood.
  func upstream() throws -> UpstreamConfiguration? {
    guard let text = string(.upstream) else {
      let others = [Setting.upstreamAuthorities, .upstreamOrganizations, .upstreamTimeout, .upstreamBody]
      for setting in others where string(setting) != nil {
        throw CommandFailure(
          .configuration, "\(setting.rawValue) is set, but there is no upstream",
          advice: "give \(Setting.upstream.flag) or \(Setting.upstream.variable) too")
      }
      return nil
    }
    guard let target = ForwardTarget(text) else {
      throw invalid(.upstream, "http://HOST:PORT, https://HOST[:PORT] or unix:/PATH, without a path")
    }
    guard text.hasPrefix("https:") || string(.upstreamAuthorities) == nil else {
      throw CommandFailure(
        .configuration, "\(Setting.upstreamAuthorities.rawValue) is set, but nobody vouches for \(text)",
        advice: "give the application an https address, or take the setting away")
    }
    var configuration = UpstreamConfiguration(target: target)
    configuration.trust = try upstreamTrust()
    configuration.limits.head = .seconds(try integer(.upstreamTimeout, default: 60, in: 1...3600))
    configuration.limits.requestBytes = try integer(.upstreamBody, default: 256, in: 1...65_536) << 20
    if let text = string(.upstreamOrganizations) {
      guard let paths = OrganizationPaths(text) else {
        throw invalid(.upstreamOrganizations, "paths that end in /{organization}/, with commas between,")
      }
      configuration.organizations = paths
    }
    return configuration
  }
}
