/// Why a message that was signed correctly cannot be used.
public struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    case contentType = "content_type"
    case tooLarge = "too_large"
    /// Not one complete zlib stream.
    case compression
    /// Not the JSON document that the message must be.
    case document
    /// The content of a batch is missing, or there where none belongs.
    case framing
    /// The key is unknown, inactive or not a stream key of the sender.
    case sealKey = "seal_key"
    case sealInvalid = "seal_invalid"
    case contentDigest = "content_digest"
    /// The batch is of another stream or for another silo.
    case address
    /// Positions, chains or versions contradict each other.
    case interval
    /// More rows, columns or bytes than the limits allow.
    case limit
    /// Rows are not ascending, each once.
    case rowOrder = "row_order"
    case column
  }

  public let code: Code
  public let detail: String

  public init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  init(_ error: JSONError) { self.init(.document, error.description) }

  public var description: String { "\(code.rawValue): \(detail)" }
}
