import Crypto
import Foundation
import Silo
import SyncProtocol

/// Verifying access tokens against the bare P-256 verification of the same signatures, on one core in turn.
struct TokenFigures {
  /// Seconds of one measurement, and how often all three are made in turn.
  private static let seconds = 2.0
  private static let rounds = 3
  /// Different tokens, so that nothing is hot by accident.
  private static let tokens = 256

  func run() throws -> [Figure] {
    let region = try RegionName("eu")
    guard let key = TokenSigningKey.generate() else { throw BenchError("no key") }
    let now = Int64(Date().timeIntervalSince1970)
    let user: UserID = IdentifierSource.system.next()
    let session: SessionID = IdentifierSource.system.next()
    let texts = (0..<Self.tokens).compactMap { number in
      AccessToken(
        user: user, organization: nil, region: region, epoch: 1, session: session, id: "\(number)", issuedAt: now
      ).signed(by: key)
    }
    let verifier = AccessTokenVerifier(region: region, keys: [key.verificationKey])
    let bare = try texts.map { try Bare($0, key: key) }
    var remembered = VerifiedTokens()
    var rates: (raw: [Double], full: [Double], cached: [Double]) = ([], [], [])
    for _ in 0..<Self.rounds {
      rates.raw.append(Self.rate { bare[$0 % bare.count].isValid() })
      rates.full.append(Self.rate { Self.passes { _ = try verifier.verify(texts[$0 % texts.count], now: now) }($0) })
      rates.cached.append(
        Self.rate { number in
          do {
            return try verifier.verify(texts[number % texts.count], now: now, remembering: &remembered).epoch == 1
          } catch { return false }
        })
    }
    return [
      Figure(
        "access tokens verified / bare P-256 verifications", ours: rates.full.median, baseline: rates.raw.median,
        unit: "1/s", goal: .atLeast(0.5)),
      Figure(
        "access tokens verified before / bare P-256 verifications", ours: rates.cached.median,
        baseline: rates.raw.median, unit: "1/s", goal: .atLeast(10)),
    ]
  }

  /// What the cryptographic library alone does for one token.
  private struct Bare {
    let key: P256.Signing.PublicKey
    let signature: P256.Signing.ECDSASignature
    let message: [UInt8]

    init(_ token: String, key: TokenSigningKey) throws {
      let parts = token.split(separator: ".")
      guard parts.count == 3, let bytes = Data(base64URL: parts[2]) else { throw BenchError("not a token") }
      self.key = try P256.Signing.PublicKey(rawRepresentation: key.verificationKey.x + key.verificationKey.y)
      signature = try P256.Signing.ECDSASignature(rawRepresentation: bytes)
      message = Array("\(parts[0]).\(parts[1])".utf8)
    }

    func isValid() -> Bool { key.isValidSignature(signature, for: message) }
  }

  private static func passes(_ body: @escaping (Int) throws -> Void) -> (Int) -> Bool {
    { number in
      do {
        try body(number)
        return true
      } catch { return false }
    }
  }

  /// How often a second `body` succeeds; 0 when it fails once.
  private static func rate(_ body: (Int) -> Bool) -> Double {
    let began = ContinuousClock.now
    var count = 0
    while ContinuousClock.now - began < .seconds(seconds) {
      for _ in 0..<64 {
        guard body(count) else { return 0 }
        count += 1
      }
    }
    return Double(count) / (ContinuousClock.now - began).inSeconds
  }
}

extension Data {
  fileprivate init?(base64URL text: some StringProtocol) {
    var base64 = String(text).replacing("-", with: "+").replacing("_", with: "/")
    while !base64.utf8.count.isMultiple(of: 4) { base64 += "=" }
    self.init(base64Encoded: base64)
  }
}
