/// Why a manifest is not believed.
public struct ManifestFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    case malformed
    /// No root that is trusted signed it: a wrong pin, another control, or altered bytes.
    case signature
    /// Not newer than the one believed.
    case version
    case expired
    case development
  }

  public let code: Code
  public let detail: String

  init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  public var description: String { "\(code.rawValue): \(detail)" }
}
