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

  package init() {}
}
