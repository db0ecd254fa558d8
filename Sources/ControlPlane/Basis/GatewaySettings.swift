package import Web

/// What an operator decides about the gateway.
package struct GatewaySettings: Sendable {
  package var patterns = GatewayPatterns.standard
  package var limits = GatewayLimits()
  package var deadlines = GatewayDeadlines()
  /// Lower-case names of answer fields that pass besides the ones that are known to be harmless.
  package var answerFields: Set<String> = []
  /// Who vouches for regions that are reached by https.
  package var trust = OutboundTrust.system
  /// Single-page applications whose scripts may call regions through here.
  package var origins = OriginList.none

  package init() {}

  /// What tells browsers so, on control's own host: a region's word about origins does not cross. Nil without any: then nothing is said to anybody.
  package var crossOrigin: CrossOriginAPI<WebContext>? {
    let origins = origins.origins
    return origins.isEmpty ? nil : CrossOriginAPI(below: "/api/0/") { origins.contains($0) }
  }
}
