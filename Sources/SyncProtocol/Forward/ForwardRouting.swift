/// What the gateway says about a request that it passes to a region: whose it is and where it came from, never who is asking.
public struct ForwardRouting: Sendable, Hashable {
  /// The organization's id as a UUID in lower case; nil for a request that names none, which is the default region's.
  public let organization: String?
  /// The generation of the organization's home as the gateway knows it; 0 without an organization.
  public let generation: Int64
  /// The caller's network address, or `local`.
  public let client: String
  /// The id of the request, for logs on both sides.
  public let request: String

  /// Bytes of the client's address and of the request's id.
  public static let maximumTextBytes = 128

  /// Returns nil unless texts are short printable ASCII, and a generation stands beside an organization exactly.
  public init?(organization: String?, generation: Int64, client: String, request: String) {
    guard Self.isText(client), Self.isText(request), organization.map(Self.isIdentifier) ?? true,
      organization == nil ? generation == 0 : generation > 0, generation <= Self.largestGeneration
    else { return nil }
    self.organization = organization
    self.generation = generation
    self.client = client
    self.request = request
  }

  /// The dictionary of the header `Atoll-Forward` (RFC 8941 §3.2).
  public var fieldValue: String {
    let rest = "client=\(StructuredField.quoted(client)), request=\(StructuredField.quoted(request))"
    guard let organization else { return rest }
    return "organization=\"\(organization)\", generation=\(generation), " + rest
  }

  /// Reads ``fieldValue``. Members that this version does not know are refused: they would be signed and unread.
  public init?(fieldValue: String) {
    guard fieldValue.utf8.count <= SyncProfile.maximumFieldBytes, let field = StructuredField(fieldValue) else {
      return nil
    }
    var organization: String?
    var generation: Int64 = 0
    var client: String?
    var request: String?
    for member in field.members {
      switch (member.key, member.value) {
      case ("organization", .item(.string(let text), [])): organization = text
      case ("generation", .item(.integer(let value), [])): generation = value
      case ("client", .item(.string(let text), [])): client = text
      case ("request", .item(.string(let text), [])): request = text
      default: return nil
      }
    }
    guard let client, let request else { return nil }
    self.init(organization: organization, generation: generation, client: client, request: request)
  }

  /// Integers of structured fields have 15 digits.
  private static let largestGeneration: Int64 = 999_999_999_999_999

  private static func isText(_ text: String) -> Bool {
    (1...maximumTextBytes).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }

  private static func isIdentifier(_ text: String) -> Bool {
    text.utf8.count == 36
      && text.utf8.enumerated().allSatisfy { index, byte in
        switch index {
        case 8, 13, 18, 23: byte == UInt8(ascii: "-")
        default: (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
        }
      }
  }
}
