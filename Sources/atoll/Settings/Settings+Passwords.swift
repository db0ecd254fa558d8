import ControlPlane

extension Settings {
  /// What hashing a new password costs.
  /// - Throws: ``CommandFailure`` for numbers out of bounds, and for costs that are too low together.
  func passwordCosts() throws -> PasswordCosts {
    let standard = PasswordCosts.standard
    let memory = try integer(.passwordMemory, default: Int(standard.memoryKiB), in: PasswordCosts.memory)
    let passes = try integer(.passwordPasses, default: Int(standard.passes), in: PasswordCosts.passes)
    guard let costs = PasswordCosts(memoryKiB: memory, passes: passes) else {
      throw invalid(
        .passwordPasses, "more for so little memory: 1 from 47104 KiB on, 2 from 19456, 3 from 12288, 4 from 9216, or 5"
      )
    }
    return costs
  }
}
