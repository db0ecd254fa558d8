internal import AsyncHTTPClient
package import Logging
package import Silo
internal import SyncProtocol
package import Web

/// Enrols this agent at control: believes a manifest by its pin, makes the keys where they will be used, proves that it has them, and
/// keeps the identity.
///
/// The keys are on disk before the token is sent. Whatever crashes afterwards, the same command with the same token finds the same
/// keys and gets the same answer for ten minutes.
package enum RegionJoin {
  package static let software = "atoll/0.1.0"

  /// - Parameters:
  ///   - controlURL: scheme, host and port.
  ///   - pin: `sha256:…`, the fingerprint of control's root, from the operator.
  ///   - development: whether a development manifest is acceptable.
  ///   - expectedRegion: the region this agent is configured to be, if any.
  ///   - proxies: through which proxy control is reached, if any.
  ///   - trust: whose certificates control may have.
  /// - Throws: ``RegionError``.
  package static func run(
    controlURL: String, token: String, pin: String, dataDirectory: String, secretKey: SecretKey, development: Bool,
    expectedRegion: RegionName? = nil, proxies: ProxyRules = .none, trust: OutboundTrust = .system,
    clock: WallClock = .system, logger: Logger
  ) async throws -> JoinOutcome {
    guard PeerURL(controlURL) != nil else {
      throw RegionError(.badURL, "the address of control is https://host[:port], or http:// on this machine only")
    }
    guard ManifestTrust.isPin(pin) else {
      throw RegionError(.badPin, "the pin is not sha256: and 64 hexadecimal digits; copy it whole from the operator")
    }
    guard TokenFormat.join.recognizes(token) else {
      throw RegionError(.badToken, "the join token is not complete; copy it whole from `atoll region token`")
    }
    let file = RegionIdentityFile(directory: dataDirectory, secretKey: secretKey)
    let keys = try pendingKeys(in: file)
    let http = HTTPClient(
      eventLoopGroupProvider: .singleton,
      configuration: SyncClient.configuration(for: controlURL, through: proxies.proxy(for: controlURL), trust: trust))
    let result = await outcome {
      let signed = try await fetchManifest(http, controlURL)
      let manifest = try verify(signed, pin: pin, development: development, now: clock.seconds())
      let answer = try await ask(
        http, controlURL, token: token, keys: keys, manifest: manifest, development: development)
      return (signed, answer)
    }
    try await http.shutdown()
    let (signed, answer) = try result.get()
    let name = try RegionName(answer.region)
    if let expectedRegion, expectedRegion != name {
      throw RegionError(
        .regionMismatch, "the token is for region \(name), this agent is configured as \(expectedRegion)")
    }
    let identity = RegionIdentity(
      name: name, silo: answer.silo, controlURL: controlURL, agentKey: keys.agentKey, streamKey: keys.streamKey,
      manifest: signed, development: development)
    try file.write(.joined(identity))
    logger.info("joined", metadata: ["region": "\(name)", "state": "\(answer.state.rawValue)"])
    return JoinOutcome(name: name, silo: answer.silo, fingerprint: identity.fingerprint, state: answer.state)
  }

  /// The keys of an earlier attempt, or new ones, on disk before anybody hears of them.
  private static func pendingKeys(in file: RegionIdentityFile) throws -> StoredIdentity.PendingKeys {
    switch try file.read() {
    case .joining(let keys): return keys
    case .joined(let identity):
      throw RegionError(
        .alreadyJoined,
        "this data directory belongs to region \(identity.name) already; use another directory to join anew")
    case nil:
      let keys = StoredIdentity.PendingKeys(
        agentKey: try SigningKey(purpose: .agent), streamKey: try SigningKey(purpose: .stream))
      try file.write(.joining(keys))
      return keys
    }
  }

  private static func fetchManifest(_ http: HTTPClient, _ url: String) async throws -> SignedManifest {
    do {
      return try await ManifestFetch(http: http, url: url).fetch()
    } catch let failure as SyncTransportFailure {
      throw RegionError(.controlUnreachable, "no manifest at \(url): \(failure)")
    } catch let failure as ManifestFailure {
      throw RegionError(.manifestMalformed, "\(url) serves no manifest: \(failure.code.rawValue)")
    }
  }

  static func verify(
    _ signed: SignedManifest, pin: String, development: Bool, now: Int64
  ) throws(RegionError) -> Manifest {
    do throws(ManifestFailure) {
      return try signed.verify(trust: .pin(pin), allowsDevelopment: development, now: now)
    } catch {
      switch error.code {
      case .signature:
        throw RegionError(.wrongPin, "the pin does not match: another control answers, or the pin was copied wrongly")
      case .expired:
        throw RegionError(.manifestExpired, "control's manifest has expired: its operator must sign a new one")
      case .development:
        throw RegionError(
          .developmentRefused, "this control is a development server; add --development if that is meant to be so")
      case .malformed, .version:
        throw RegionError(.manifestMalformed, "control's manifest is not usable: \(error.detail)")
      }
    }
  }

  private static func ask(
    _ http: HTTPClient, _ url: String, token: String, keys: StoredIdentity.PendingKeys, manifest: Manifest,
    development: Bool
  ) async throws -> JoinAnswer {
    let client = SyncClient(
      http: http, url: url, audience: .control, keys: { manifest.key($0) }, signer: { keys.agentKey })
    let request = try JoinRequest(
      token: token, agentKey: keys.agentKey.verificationKey, streamKey: keys.streamKey, software: software,
      development: development)
    do {
      return try await client.call(SyncPath.join, request, timeout: .seconds(20)).document()
    } catch let problem as SyncProblem {
      throw RegionError(joining: problem)
    } catch let failure as SyncTransportFailure {
      throw RegionError(.controlUnreachable, "control did not answer the join: \(failure); try again")
    }
  }

  private static func outcome<Success>(_ body: () async throws -> Success) async -> Result<Success, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
  }
}

extension RegionError {
  /// Control's signed "no" to a join, in words that say what to do.
  init(joining problem: SyncProblem) {
    switch problem.code {
    case .joinTokenInvalid:
      self.init(.tokenInvalid, "the join token is wrong or has expired (1 hour): ask the operator for a new one")
    case .joinTokenUsed:
      self.init(
        .tokenUsed,
        "the join token was used with another key; if that was not you, tell the operator, and ask for a new one")
    case .keyInUse, .keyRefused:
      self.init(
        .keyRefused, "control refuses this agent's key; remove identity.json from the data directory and join anew")
    default: self.init(.refused, "control refused the join: \(problem.detail)")
    }
  }
}
