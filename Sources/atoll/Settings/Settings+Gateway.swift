import ControlPlane
import Web

extension Settings {
  /// How control passes requests on to regions.
  /// - Throws: ``CommandFailure`` when a value is not understood.
  func gateway() throws -> GatewaySettings {
    var gateway = GatewaySettings()
    if let text = string(.gatewayPatterns) {
      guard let patterns = GatewayPatterns(further: text) else {
        throw invalid(
          .gatewayPatterns, "paths such as /o/{organization}/** that are not control's own, with commas between")
      }
      gateway.patterns = patterns
    }
    if let text = string(.gatewayHeaders) {
      let names = text.split { $0 == "," || $0 == " " }.map { $0.lowercased() }
      guard
        names.allSatisfy({
          $0.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }
        })
      else { throw invalid(.gatewayHeaders, "names of header fields with commas between") }
      gateway.answerFields = Set(names)
    }
    gateway.limits.concurrency = try integer(.gatewayConcurrency, default: gateway.limits.concurrency, in: 1...10_000)
    let usual = gateway.deadlines.usual.first
    gateway.deadlines.usual.first = try integer(.gatewayTimeout, default: usual, in: 1...3600)
    if let text = string(.gatewayDeadlines) {
      guard let deadlines = GatewayDeadlines(text, usual: gateway.deadlines.usual) else {
        throw invalid(
          .gatewayDeadlines,
          "entries such as /api/0/organizations/*/export/** first=300 total=7200, with commas between")
      }
      gateway.deadlines = deadlines
    }
    gateway.trust = try trust()
    gateway.origins = try originList()
    return gateway
  }
}
