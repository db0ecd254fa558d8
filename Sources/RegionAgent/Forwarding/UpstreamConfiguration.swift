package import Web

/// The product's application behind the region: where it listens, and which of its paths name an organization.
package struct UpstreamConfiguration: Sendable {
  package var target: ForwardTarget
  package var organizations = OrganizationPaths()
  package var limits: ForwardLimits
  /// Who vouches for an application that is reached by https.
  package var trust = OutboundTrust.system

  package init(target: ForwardTarget, limits: ForwardLimits = ForwardLimits()) {
    self.target = target
    self.limits = limits
  }
}
