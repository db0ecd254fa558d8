/// What the gateway does with requests for one region.
public enum GatewayPolicy: String, Sendable, Hashable, CaseIterable {
  /// They are passed on.
  case allowed
  /// They are answered with the region's own URL: nothing of them passes control.
  case redirect
  /// They are refused: the region is reached at its own URL only.
  case refused
}
