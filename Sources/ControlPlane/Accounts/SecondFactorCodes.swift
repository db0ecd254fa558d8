internal import Crypto
internal import FoundationEssentials
internal import Outbox
internal import Silo

/// Uses up codes of a second factor: each one once.
struct SecondFactorCodes: Sendable {
  let environment: ControlEnvironment

  /// Steps of 30 seconds to either side that a person's clock may be off.
  private static let tolerance: Int64 = 1

  /// Uses up six digits or a recovery code; returns how the person proved who they are, in the words of RFC 8176, or nil for a wrong or used one.
  func use(_ code: String, of user: UserID, on control: ControlConnection) async throws -> String? {
    if let recovery = RecoveryCode(code) {
      guard try await TOTPStore.useCode(recovery.digest(of: user), of: user, on: control) else { return nil }
      try await AuditStore.append(.user(user), "totp.recovery", user.description, on: control)
      return "otp"
    }
    guard let factor = try await TOTPStore.find(user, on: control), factor.isConfirmed else { return nil }
    return try await use(code, factor, of: user, on: control) ? "otp" : nil
  }

  /// Uses up six digits, also of a factor that is not in force yet.
  func use(
    _ code: String, _ factor: TOTPStore.Factor, of user: UserID, on control: ControlConnection
  ) async throws -> Bool {
    let seed = try environment.secretKey.open(factor.sealedSeed, at: TOTPStore.place(user))
    let totp = OneTimePassword(seed: seed)
    let now = OneTimePassword.step(at: environment.now())
    guard let step = totp.step(of: code, in: now - Self.tolerance...now + Self.tolerance, after: factor.lastStep)
    else { return false }
    return try await TOTPStore.use(step, of: user, on: control)
  }
}
