/// One line of a signature base: which part of which message is signed (RFC 9421 §2).
struct SignedComponent: Sendable, Hashable {
  let name: String
  /// `;req`: of the request that a response answers.
  let isOfRequest: Bool
  /// `;key="sync"`: one member of a dictionary field.
  let isMember: Bool

  static let method = SignedComponent(name: "@method")
  static let path = SignedComponent(name: "@path")
  static let query = SignedComponent(name: "@query")
  static let status = SignedComponent(name: "@status")
  static let requestSignature = SignedComponent(name: "signature", isOfRequest: true, isMember: true)

  static func field(_ name: String) -> SignedComponent { SignedComponent(name: name) }

  var ofRequest: SignedComponent { SignedComponent(name: name, isOfRequest: true, isMember: isMember) }

  private init(name: String, isOfRequest: Bool = false, isMember: Bool = false) {
    self.name = name
    self.isOfRequest = isOfRequest
    self.isMember = isMember
  }

  /// Reads an item of the inner list; nil for what the profile does not know.
  init?(_ item: StructuredField.Item) {
    guard case .string(let name) = item.bare, Self.isName(name) else { return nil }
    let request = StructuredField.Parameter(key: "req", value: .boolean(true))
    let member = StructuredField.Parameter(key: "key", value: .string(SyncProfile.label))
    switch item.parameters {
    case []: self.init(name: name)
    case [request]: self.init(name: name, isOfRequest: true)
    case [request, member], [member, request]:
      guard name == "signature" else { return nil }
      self.init(name: name, isOfRequest: true, isMember: true)
    default: return nil
    }
  }

  /// A derived component of the profile, or a lower-case field name.
  private static func isName(_ name: String) -> Bool {
    if name.utf8.first == UInt8(ascii: "@") { return ["@method", "@path", "@query", "@status"].contains(name) }
    return !name.isEmpty
      && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
  }

  var item: StructuredField.Item {
    var parameters: [StructuredField.Parameter] = []
    if isOfRequest { parameters.append(StructuredField.Parameter(key: "req", value: .boolean(true))) }
    if isMember { parameters.append(StructuredField.Parameter(key: "key", value: .string(SyncProfile.label))) }
    return StructuredField.Item(bare: .string(name), parameters: parameters)
  }
}
