/// The members of a JSON object in the order written; keys are unique by their bytes.
public struct JSONObject: Sendable, Hashable {
  public private(set) var members: [Member]

  public struct Member: Sendable, Hashable {
    public let key: String
    public fileprivate(set) var value: JSONValue

    public static func == (left: Member, right: Member) -> Bool {
      left.key.utf8.elementsEqual(right.key.utf8) && left.value == right.value
    }

    public func hash(into hasher: inout Hasher) {
      for byte in key.utf8 { hasher.combine(byte) }
      hasher.combine(value)
    }
  }

  public init() { members = [] }

  /// Reads the first member with this key in linear time: objects of the protocol are small. Setting nil removes the member.
  public subscript(key: String) -> JSONValue? {
    get { members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value }
    set {
      let index = members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(key: key, value: value))
      case (nil, nil): break
      }
    }
  }

  /// For the parser, which has checked that the key is new.
  mutating func append(uniqueKey key: String, value: JSONValue) { members.append(Member(key: key, value: value)) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }
}
