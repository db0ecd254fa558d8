/// The runtime refusal of the wrong silo: what belongs to one silo does nothing in a process of another.
public struct SiloGuard: Sendable, Hashable {
  public let mode: SiloMode

  public init(mode: SiloMode) { self.mode = mode }

  /// Throws ``WrongSilo`` unless this process holds `silo`. Fails closed: callers run nothing before it.
  public func require<S: Silo>(_ silo: S.Type) throws(WrongSilo) {
    guard mode.holds(silo) else { throw WrongSilo(needed: S.mode, actual: mode) }
  }
}

/// A route, task or command of another silo was called. HTTP answers it with 404.
public struct WrongSilo: Error, Sendable, Hashable, CustomStringConvertible {
  public let needed: SiloMode
  public let actual: SiloMode

  public var description: String {
    "this belongs to the \(needed.rawValue) silo, and this process runs as \(actual.rawValue)"
  }
}
