internal import Outbox
internal import Silo
internal import SyncProtocol

/// Reads ID tokens that come back as hints: they may have expired, and prove nothing but whom the client means.
struct LogoutHints: Sendable {
  let environment: ControlEnvironment
  let idTokenKeys: IDTokenKeys

  /// The client an ID token was made for and what it says, or nil for what is no token of ours.
  func read(
    _ text: String, on control: ControlConnection
  ) async throws -> (client: ProviderClient, token: IDToken)? {
    guard let audience = Self.audience(text), let client = try await ProviderClient.find(audience, on: control) else {
      return nil
    }
    let isRegion = client.region != nil
    let keys =
      isRegion
      ? try await TokenKeyStore.usable(on: control).map(\.jwt) : try await idTokenKeys.verification(on: control)
    let verifier = IDTokenVerifier(
      issuer: environment.site.url, audience: client.id, algorithm: isRegion ? .es256 : .rs256, keys: keys,
      allowsExpired: true)
    do { return (client, try verifier.verify(text, nonce: nil, now: environment.seconds)) } catch { return nil }
  }

  private static func audience(_ text: String) -> String? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let bytes = Base64.decode(parts[1]) else { return nil }
    do {
      let claims = try JSONParser.parse(bytes, limits: JSONLimits(maximumBytes: 4096, maximumDepth: 2))
      return try JSONReader(claims).field("aud").string(bytes: 1...64)
    } catch { return nil }
  }
}
