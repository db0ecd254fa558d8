/// Why a command stopped, in one line, with the way out in a second half sentence.
struct CommandFailure: Error, Sendable, CustomStringConvertible {
  /// The exit codes of `sysexits.h`, so that scripts can tell "call it differently" from "try again".
  enum Code: Int32, Sendable {
    case usage = 64
    case data = 65
    case unavailable = 69
    case `internal` = 70
    case cannotCreate = 73
    case temporary = 75
    case permission = 77
    case configuration = 78

    /// The name in `--json` output.
    var name: String {
      switch self {
      case .usage: "usage"
      case .data: "bad_data"
      case .unavailable: "unavailable"
      case .internal: "internal"
      case .cannotCreate: "cannot_create"
      case .temporary: "temporary"
      case .permission: "permission"
      case .configuration: "configuration"
      }
    }
  }

  let code: Code
  /// What happened, without a full stop.
  let message: String
  /// What to do about it, without a full stop.
  let advice: String

  init(_ code: Code, _ message: String, advice: String) {
    self.code = code
    self.message = message
    self.advice = advice
  }

  var description: String { "\(message); \(advice)" }
}
