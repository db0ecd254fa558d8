/// A silo as a type: `SiloDatabase<ControlSilo>` cannot be passed where `SiloDatabase<RegionSilo>` is expected, so that reaching into the
/// wrong silo does not compile.
public protocol Silo: Sendable {
  /// The mode of a process that holds only this silo.
  static var mode: SiloMode { get }
}

/// The one global control plane.
public enum ControlSilo: Silo {
  public static var mode: SiloMode { .control }
}

/// One region.
public enum RegionSilo: Silo {
  public static var mode: SiloMode { .region }
}
