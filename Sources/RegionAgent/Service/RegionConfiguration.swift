package import Observability
package import Outbox
package import Silo
package import SyncProtocol
package import Web

/// What a region's process needs to know besides its database.
package struct RegionConfiguration: Sendable {
  /// Where the identity is kept.
  package var dataDirectory: String
  /// Opens the identity's private keys.
  package var secretKey: SecretKey
  package var address: WebServer.Address
  /// Serves HTTPS; plain HTTP without.
  package var certificates: ServerCertificates?
  /// Where proxies ask whether requests may pass: a Unix socket or loopback; nil for nowhere.
  package var verifyAddress: WebServer.Address?
  /// The product's application; nil where there is none, and then what the agent does not serve is not there.
  package var upstream: UpstreamConfiguration?
  /// `ATOLL_REGION`: starting as another region is refused.
  package var expectedRegion: RegionName?
  /// Whether a development manifest is acceptable.
  package var development: Bool
  package var organizations = OrganizationLimits()
  package var provisioning = Provisioner.Limits()
  package var syncTokens = SyncTokenLimits()
  /// Asks for the longest hold: how long a pull is held is control's to say.
  package var receiving = ReceiverPace(hold: Int64(WireLimits.maximumWaitMilliseconds))
  package var sequencing = SequencerPace()
  /// What wakes the sequencer beside this process's own commits.
  package var wakeUp = WakeUp.poll
  /// How control is reached; applications are called directly.
  package var proxies = ProxyRules.none
  /// Whose word about a caller's address counts.
  package var trustedProxies = TrustedProxies.none
  /// Single-page applications whose scripts may call the organization API.
  package var origins = OriginList.none
  /// For how long browsers keep to TLS for this region's host, where its URL is a name over TLS.
  package var strictTransport = StrictTransport.year
  /// Days for which the audit trail is kept, 30 at least.
  package var auditDays = 400
  /// Whose certificates control may have.
  package var trust = OutboundTrust.system
  package var clock = WallClock.system
  /// Is told what the log, its receiver and the applier do.
  package var observer = OutboxObserver.none
  /// Is told what HTTP does, and what became of calls to control.
  package var webObserver = WebObserver.none
  package var tracer = Tracer.none

  package init(
    dataDirectory: String, secretKey: SecretKey, address: WebServer.Address, expectedRegion: RegionName? = nil,
    development: Bool = false
  ) {
    self.dataDirectory = dataDirectory
    self.secretKey = secretKey
    self.address = address
    self.expectedRegion = expectedRegion
    self.development = development
  }
}
