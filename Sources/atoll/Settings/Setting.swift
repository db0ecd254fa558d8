/// Every key that configures Atoll. A key that is not here is an error wherever it appears, so that a misspelt one cannot be ignored.
///
/// Each is a flag where a command offers one, an environment variable (``variable``) and a member of the configuration file (dots nest:
/// `{"silo": {"mode": "region"}}`). Flags win over the environment, the environment over the file.
enum Setting: String, CaseIterable, Sendable {
  case config
  case siloMode = "silo.mode"
  case region
  case data
  case development
  case listen
  case tlsCertificate = "tls.certificate"
  case tlsKey = "tls.key"
  case tlsAuthorities = "tls.authorities"
  case metricsAddress = "metrics.address"
  case traceFile = "trace.file"
  case traceSample = "trace.sample"
  case traceTrust = "trace.trust"
  case controlURL = "control.url"
  case database
  case databaseFile = "database.file"
  case regionDatabase = "region.database"
  case regionDatabaseFile = "region.database.file"
  case regionData = "region.data"
  case regionListen = "region.listen"
  case regionPublicURL = "region.public.url"
  case regionTLSCertificate = "region.tls.certificate"
  case regionTLSKey = "region.tls.key"
  case verifyListen = "verify.listen"
  case upstream
  case upstreamAuthorities = "upstream.authorities"
  case upstreamOrganizations = "upstream.organizations"
  case upstreamTimeout = "upstream.timeout"
  case upstreamBody = "upstream.body"
  case poolSize = "pool.size"
  case proxy
  case trustedProxies = "trusted.proxies"
  case corsOrigins = "cors.origins"
  case auditDays = "audit.days"
  case hstsSeconds = "hsts.seconds"
  case passwordMemory = "password.memory.kib"
  case passwordPasses = "password.passes"
  case fetchAllow = "fetch.allow"
  case mail
  case mailFile = "mail.file"
  case mailFrom = "mail.from"
  case doorbell
  case gatewayPatterns = "gateway.patterns"
  case gatewayHeaders = "gateway.headers"
  case gatewayConcurrency = "gateway.concurrency"
  case gatewayTimeout = "gateway.timeout"
  case gatewayDeadlines = "gateway.deadlines"
  case operatorToken = "operator.token"
  case operatorTokenFile = "operator.token.file"
  case joinToken = "join.token"
  case joinTokenFile = "join.token.file"
  case passphrase
  case passphraseFile = "passphrase.file"
  case logFormat = "log.format"
  case logLevel = "log.level"
  case postgresBin = "postgres.bin"

  /// `ATOLL_SILO_MODE` for ``siloMode``.
  var variable: String { "ATOLL_" + rawValue.uppercased().replacing(".", with: "_") }

  /// `--silo-mode` for ``siloMode``.
  var flag: String { "--" + rawValue.replacing(".", with: "-") }

  /// Whether the value is a secret: never a flag, never in a message.
  var isSecret: Bool {
    switch self {
    case .operatorToken, .passphrase, .database, .regionDatabase, .proxy, .mail: true
    default: false
    }
  }

  /// The setting that names a file which holds the value.
  var file: Setting? {
    switch self {
    case .database: .databaseFile
    case .regionDatabase: .regionDatabaseFile
    case .operatorToken: .operatorTokenFile
    case .joinToken: .joinTokenFile
    case .mail: .mailFile
    case .passphrase: .passphraseFile
    default: nil
    }
  }

  /// What it means, for `atoll settings`.
  var summary: String {
    switch self {
    case .config: "path of the configuration file (JSON)"
    case .siloMode: "control, region or monolith; a process of another mode refuses to start"
    case .region: "name of the region this process is; fixed at enrollment, a mismatch refuses to start"
    case .data: "directory of this silo's keys and files; one per silo"
    case .development: "true accepts an unencrypted root and loopback addresses only"
    case .listen: "address and port to serve, such as 127.0.0.1:8400"
    case .tlsCertificate: "file of the server's certificate and those up to its authority (PEM): serves HTTPS, HTTP/2"
    case .tlsKey: "file of the certificate's private key (PEM); both are taken up again when they change"
    case .tlsAuthorities: "file of further authorities (PEM) for calls to other silos, besides the system's"
    case .metricsAddress: "address and port of /metrics, or off; by default 127.0.0.1 and the port served plus 1000"
    case .traceFile: "file to which spans are appended as OTLP/JSON lines; nothing is traced without it"
    case .traceSample: "how many of 100 requests are traced, 1 by default"
    case .traceTrust: "true continues the trace of a caller's traceparent; otherwise a new trace links to it"
    case .controlURL: "URL of the control plane; for its own process the origin that browsers use"
    case .database: "connection string; as a flag it must hold no password. Several hosts may be given"
    case .databaseFile: "file that holds the connection string"
    case .regionDatabase: "the region's connection string in a monolith"
    case .regionDatabaseFile: "file that holds the region's connection string in a monolith"
    case .regionData: "directory of the region's keys in a monolith"
    case .regionListen: "address and port of the region in a monolith"
    case .regionPublicURL: "URL of the region in a monolith"
    case .regionTLSCertificate: "file of the region's certificate in a monolith"
    case .regionTLSKey: "file of the region's private key in a monolith"
    case .verifyListen: "where proxies ask a region about requests: unix:/PATH, or a loopback address and port"
    case .upstream: "the application behind a region: http://HOST:PORT, https://HOST[:PORT] or unix:/PATH"
    case .upstreamAuthorities: "file of the only authorities (PEM) that vouch for an https application"
    case .upstreamOrganizations: "paths of the application that name an organization, such as /t/{organization}/"
    case .upstreamBody: "largest body of a request to the application, in MiB, 1 to 65536"
    case .upstreamTimeout: "seconds in which the application must begin its answer, 1 to 3600"
    case .poolSize: "most connections to the database, 2 to 200"
    case .proxy: "proxy of a region's calls to control, http://[user:password@]host:port or none"
    case .trustedProxies: "addresses and networks of proxies before this server whose X-Forwarded-For is believed"
    case .fetchAllow: "private addresses and networks that control may call where clients asked to be told of logouts"
    case .corsOrigins: "origins of single-page applications that may call regions' APIs, https://… with commas between"
    case .auditDays: "days for which the audit trail is kept, 30 to 36500, 400 by default"
    case .hstsSeconds: "seconds for which browsers keep to TLS for this host, a year by default; 0 takes it back"
    case .passwordMemory: "memory that hashing a new password takes, in KiB: 7168 to 131072, 19456 by default"
    case .passwordPasses: "passes over that memory, 1 to 16, 2 by default; the less memory, the more passes"
    case .mail: "where control's mail goes: smtp://…, smtps://…, folder:/path or none"
    case .mailFile: "file that holds the value of mail"
    case .mailFrom: "who control's mail is from, address or Name <address>"
    case .doorbell: "poll or decoding (wal_level=logical): what wakes the sequencer at commits of others"
    case .gatewayPatterns: "further paths that the gateway takes, such as /o/{organization}/**, with commas between"
    case .gatewayHeaders: "names of answer headers of regions that the gateway lets pass besides the usual ones"
    case .gatewayConcurrency: "requests that the gateway may have under way to one region, 256 by default"
    case .gatewayDeadlines: "seconds that a request may take by its path, such as /exports/** first=300 total=none"
    case .gatewayTimeout: "seconds in which a region must begin to answer the gateway, 30 by default"
    case .operatorToken: "operator token for commands that go through control's API"
    case .operatorTokenFile: "file that holds the operator token"
    case .joinToken: "one-time token of `atoll region token`"
    case .joinTokenFile: "file that holds the join token"
    case .passphrase: "passphrase of the root key files"
    case .passphraseFile: "file that holds the passphrase"
    case .logFormat: "json or text"
    case .logLevel: "trace, debug, info, notice, warning, error or critical"
    case .postgresBin: "directory of initdb and postgres for the private servers of `atoll dev`"
    }
  }
}
