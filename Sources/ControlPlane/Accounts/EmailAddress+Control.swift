internal import Silo

extension EmailAddress {
  /// The address that somebody entered.
  /// - Throws: ``ControlError/Code/emailInvalid`` with the rule that it breaks.
  init(accepting entered: String) throws {
    do { self = try EmailAddress(entered) } catch { throw ControlError(.emailInvalid, error.description) }
  }

  /// The address that somebody entered at a login; nil for none, which is nobody's address.
  init?(entered: String) {
    do { self = try EmailAddress(entered) } catch { return nil }
  }
}
