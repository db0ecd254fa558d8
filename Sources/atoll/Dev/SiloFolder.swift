/// The directory of one silo under `atoll dev`: its keys, connection strings, log and private PostgreSQL.
struct SiloFolder: Sendable {
  /// `control` or the region's name.
  let name: String
  /// Absolute.
  let path: String

  init(name: String, root: String) {
    self.name = name
    path = "\(root)/\(name)"
  }

  /// Whose connection string: one login each, with the rights of its group only.
  enum Login: String, Sendable, CaseIterable {
    /// Owns the schemas and migrates.
    case owner
    /// What the server uses.
    case service
    /// What the customer's application uses.
    case application
  }

  var isControl: Bool { name == "control" }
  var postgres: String { "\(path)/postgres" }
  var keys: String { "\(path)/keys" }
  /// Where control puts its mail.
  var mail: String { "\(keys)/mail" }
  var log: String { "\(path)/atoll.log" }
  /// Written by `atoll control init`.
  var operatorToken: String { "\(keys)/operator.token" }
  /// The fingerprint of control's root, written by `atoll control init`.
  var rootPin: String { "\(keys)/root.pin" }
  /// Written when the region has joined, so that a second run does not join again.
  var joined: String { "\(path)/joined.json" }

  func connectionFile(_ login: Login) -> String { "\(path)/\(login.rawValue).url" }

  /// The name of a login role, such as `eu_service`.
  func role(_ login: Login) -> String { "\(name)_\(login.rawValue)" }

  /// The group role that the silo's migrations make and that carries the rights.
  func group(_ login: Login) -> String { "atoll_\(isControl ? "control" : "region")_\(login.rawValue)" }

  /// Makes the directories. The outer ones may be entered by others, because PostgreSQL runs as another user; keys may not.
  /// - Throws: ``CommandFailure`` when they cannot be made.
  func create() throws {
    try DataDirectory.create(path, mode: 0o755)
    try DataDirectory.create(keys, mode: 0o700)
  }
}
